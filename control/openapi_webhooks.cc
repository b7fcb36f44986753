#include "control/openapi_webhooks.h"

namespace longmen {
namespace {

constexpr std::string_view kWebhooksPaths = R"json(
    "/api/v1/webhooks": {
      "get": {
        "operationId": "listWebhooks",
        "summary": "Whom the node tells of what happens; administrators",
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "All of them, and what can be told",
            "content": {"application/json": {"schema": {
              "type": "object",
              "required": ["webhooks", "kinds"],
              "properties": {
                "webhooks": {"type": "array", "items": {"$ref": "#/components/schemas/Webhook"}},
                "kinds": {"type": "array", "items": {"type": "string"}}
              }
            }}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "post": {
        "operationId": "createWebhook",
        "summary": "One more; its secret is shown this once. What is sent is a Notice, with Longmen-Signature: t=SECONDS,v1=HEX, the HMAC-SHA-256 of SECONDS, a dot and the body; Longmen-Delivery has the notice's id, which may come twice. An answer of 2xx within six seconds is good; else it is tried again for a day",
        "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/WebhookWish"}}}
        },
        "responses": {
          "200": {
            "description": "Made",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Webhook"}}}
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/webhooks/{id}": {
      "patch": {
        "operationId": "changeWebhook",
        "summary": "Another address, other wishes, switched off, or with new_secret another secret, which is shown this once",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/WebhookWish"}}}
        },
        "responses": {
          "200": {
            "description": "As it is now",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Webhook"}}}
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "412": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "428": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "delete": {
        "operationId": "removeWebhook",
        "summary": "With what waits for it",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it was",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Webhook"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "412": {"$ref": "#/components/responses/Problem"},
          "428": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/webhooks/{id}/deliveries": {
      "get": {
        "operationId": "listDeliveries",
        "summary": "What was sent, and what came of it, the latest first: 14 days, 500 at most, and what waits",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"name": "before", "in": "query", "required": false, "schema": {"type": "integer"}},
          {"name": "limit", "in": "query", "required": false, "schema": {"type": "integer", "maximum": 100}}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "A page",
            "content": {"application/json": {"schema": {
              "type": "object",
              "required": ["deliveries", "next"],
              "properties": {
                "deliveries": {"type": "array", "items": {"$ref": "#/components/schemas/Delivery"}},
                "next": {"type": ["integer", "null"], "description": "For before"}
              }
            }}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/webhooks/{id}/test": {
      "post": {
        "operationId": "testWebhook",
        "summary": "Sends it a notice of the kind test",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "It is on its way",
            "content": {"application/json": {"schema": {
              "type": "object",
              "required": ["notice"],
              "properties": {"notice": {"type": "string"}}
            }}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    })json";

constexpr std::string_view kWebhooksSchemas = R"json(
      "WebhookWish": {
        "type": "object",
        "properties": {
          "url": {"type": "string", "description": "http or https, up to 1,000 bytes; no redirect is followed"},
          "kinds": {"type": "array", "items": {"type": "string"}, "description": "Of notices; empty: all"},
          "channels": {"type": "array", "items": {"type": "string"}, "description": "Empty: all, and what is of no channel"},
          "enabled": {"type": "boolean"},
          "new_secret": {"type": "boolean", "description": "Of a change alone"}
        }
      },
      "Webhook": {
        "type": "object",
        "required": ["id", "url", "kinds", "channels", "enabled", "version", "changed_ms", "changed_by"],
        "properties": {
          "id": {"type": "string"},
          "url": {"type": "string"},
          "kinds": {"type": "array", "items": {"type": "string"}},
          "channels": {"type": "array", "items": {"type": "string"}},
          "enabled": {"type": "boolean"},
          "version": {"type": "integer"},
          "changed_ms": {"type": "integer"},
          "changed_by": {"type": "string"},
          "secret": {"type": "string", "description": "When it was made, and never again"},
          "waiting": {"type": "integer", "description": "In the list: what was not taken yet"},
          "last": {
            "description": "In the list: what was tried last",
            "oneOf": [{"$ref": "#/components/schemas/Delivery"}, {"type": "null"}]
          }
        }
      },
      "Delivery": {
        "type": "object",
        "required": ["number", "notice", "kind", "channel", "at_ms", "state", "tries", "next_ms", "tried_ms", "status", "words"],
        "properties": {
          "number": {"type": "integer"},
          "notice": {"type": "string"},
          "kind": {"type": "string"},
          "channel": {"type": ["string", "null"]},
          "at_ms": {"type": "integer", "description": "When it happened"},
          "state": {"type": "string", "enum": ["waiting", "done", "failed"]},
          "tries": {"type": "integer"},
          "next_ms": {"type": ["integer", "null"], "description": "When it is tried again"},
          "tried_ms": {"type": ["integer", "null"]},
          "status": {"type": ["integer", "null"], "description": "Of the last answer; null: there was none"},
          "words": {"type": "string", "description": "What was wrong at the last try"}
        }
      },
      "Notice": {
        "type": "object",
        "description": "What a webhook is sent. A switch has from, to, why, stood_slots, jump_slots and jump_by besides; a session its id in session",
        "required": ["id", "kind", "channel", "node", "at_ms", "who", "detail"],
        "properties": {
          "id": {"type": "string"},
          "kind": {
            "type": "string",
            "enum": ["switch", "feed_up", "feed_down", "backup_up", "backup_down", "on_air", "order", "session_live", "session_ended", "process", "recorder", "test"]
          },
          "channel": {"type": ["string", "null"]},
          "node": {"type": "string"},
          "at_ms": {"type": "integer"},
          "who": {"type": "string"},
          "detail": {"type": "string"}
        }
      })json";

}  // namespace

std::string_view openapi_webhooks_paths() {
  return kWebhooksPaths;
}

std::string_view openapi_webhooks_schemas() {
  return kWebhooksSchemas;
}

}  // namespace longmen
