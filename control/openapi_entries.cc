#include "control/openapi_entries.h"

namespace longmen {
namespace {

constexpr std::string_view kEntriesPaths = R"json(
    "/api/v1/sign-in/ways": {
      "get": {
        "operationId": "getWaysIn",
        "summary": "Which ways of signing in there are beside name and password",
        "responses": {
          "200": {
            "description": "The provider, if one is configured",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["provider"],
                  "properties": {
                    "provider": {
                      "type": ["object", "null"],
                      "required": ["label", "problem"],
                      "properties": {
                        "label": {"type": "string"},
                        "problem": {
                          "type": ["string", "null"],
                          "description": "That it had when it was asked last: unreachable, unusable, busy"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    },
    "/api/v1/oidc/begin": {
      "post": {
        "operationId": "beginProviderSignIn",
        "summary": "Where the browser goes to sign in by the OpenID provider; a cookie that is good for ten minutes keeps what this sign-in is told by",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "properties": {
                  "again": {
                    "type": "boolean",
                    "description": "The provider is to ask the person even if it knows who it is"
                  }
                }
              }
            }
          }
        },
        "responses": {
          "200": {"$ref": "#/components/responses/AtTheProvider"},
          "400": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/oidc/callback": {
      "get": {
        "operationId": "endProviderSignIn",
        "summary": "Where the provider sends the browser back; the address that is registered there",
        "parameters": [
          {"name": "state", "in": "query", "schema": {"type": "string"}},
          {"name": "code", "in": "query", "schema": {"type": "string"}},
          {"name": "iss", "in": "query", "schema": {"type": "string"}},
          {"name": "error", "in": "query", "schema": {"type": "string"}}
        ],
        "responses": {
          "303": {
            "description": "/studio, signed in; or /studio#provider=WORD, which the page has words for"
          }
        }
      }
    },
    "/api/v1/me/identity": {
      "post": {
        "operationId": "linkProvider",
        "summary": "Where the browser goes to link your account to you at the provider",
        "security": [{"sign_in": []}],
        "requestBody": {"$ref": "#/components/requestBodies/OwnPassword"},
        "responses": {
          "200": {"$ref": "#/components/responses/AtTheProvider"},
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "429": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/me/identity/remove": {
      "post": {
        "operationId": "unlinkProvider",
        "summary": "Your account is linked to nobody at the provider any more",
        "security": [{"sign_in": []}],
        "requestBody": {"$ref": "#/components/requestBodies/OwnPassword"},
        "responses": {
          "200": {"description": "Done", "content": {"application/json": {}}},
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "429": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/sign-ins": {
      "get": {
        "operationId": "listSignIns",
        "summary": "Who is signed in, the one that was used last first; administrators",
        "parameters": [
          {"name": "skip", "in": "query", "schema": {"type": "integer", "minimum": 0}},
          {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 200}}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "Those that have not ended",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["sign_ins", "next"],
                  "properties": {
                    "sign_ins": {"type": "array", "items": {"$ref": "#/components/schemas/SignIn"}},
                    "next": {"type": ["integer", "null"], "description": "For skip"}
                  }
                }
              }
            }
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/sign-ins/{id}": {
      "delete": {
        "operationId": "endSignIn",
        "summary": "End anybody's sign-in; administrators",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it was",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SignIn"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    })json";

constexpr std::string_view kEntriesSchemas = R"json(
      "SignIn": {
        "type": "object",
        "required": ["id", "account", "account_name", "way", "address", "created_ms", "seen_ms"],
        "properties": {
          "id": {"type": "string"},
          "account": {"type": "string"},
          "account_name": {"type": "string"},
          "way": {"enum": ["password", "link", "provider", null]},
          "address": {"type": ["string", "null"], "description": "It began at"},
          "created_ms": {"type": "integer"},
          "seen_ms": {"type": "integer", "description": "It was used last, to the minute"},
          "own": {"type": "boolean", "description": "In the list: the one that asks"}
        }
      })json";

}  // namespace

std::string_view openapi_entries_paths() {
  return kEntriesPaths;
}

std::string_view openapi_entries_schemas() {
  return kEntriesSchemas;
}

}  // namespace longmen
