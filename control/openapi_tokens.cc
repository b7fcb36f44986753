#include "control/openapi_tokens.h"

namespace longmen {
namespace {

constexpr std::string_view kTokensPaths = R"json(
    "/api/v1/me/tokens": {
      "get": {
        "operationId": "listOwnTokens",
        "summary": "Your tokens for programs",
        "security": [{"sign_in": []}],
        "responses": {
          "200": {
            "description": "Those that have not ended",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["tokens"],
                  "properties": {
                    "tokens": {"type": "array", "items": {"$ref": "#/components/schemas/ApiToken"}}
                  }
                }
              }
            }
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "post": {
        "operationId": "createToken",
        "summary": "A token for a program, which acts in your name as far as its scopes go; its text is shown this once",
        "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
        "security": [{"sign_in": []}],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": ["label", "scopes", "days", "password"],
                "properties": {
                  "label": {"type": "string", "description": "What it is for"},
                  "scopes": {"type": "array", "items": {"$ref": "#/components/schemas/Scope"}},
                  "days": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 366,
                    "description": "Until it ends by itself"
                  },
                  "password": {"type": "string", "description": "Yours, once more"}
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Made",
            "content": {
              "application/json": {
                "schema": {
                  "allOf": [{"$ref": "#/components/schemas/ApiToken"}],
                  "required": ["token"],
                  "properties": {"token": {"type": "string", "description": "For Authorization: Bearer"}}
                }
              }
            }
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "429": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/me/tokens/{id}": {
      "delete": {
        "operationId": "removeOwnToken",
        "summary": "End one of your tokens",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "security": [{"sign_in": []}],
        "responses": {
          "200": {
            "description": "As it was",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ApiToken"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/tokens": {
      "get": {
        "operationId": "listTokens",
        "summary": "Everybody's tokens; administrators",
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "Those that have not ended",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["tokens"],
                  "properties": {
                    "tokens": {"type": "array", "items": {"$ref": "#/components/schemas/ApiToken"}}
                  }
                }
              }
            }
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/tokens/{id}": {
      "delete": {
        "operationId": "removeToken",
        "summary": "End anybody's token; administrators",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it was",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ApiToken"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    })json";

constexpr std::string_view kTokensSchemas = R"json(
      "Scope": {
        "type": "string",
        "enum": [
          "look",
          "operate",
          "plan",
          "manage_sites",
          "manage_channels",
          "manage_accounts",
          "read_audit"
        ]
      },
      "ApiToken": {
        "type": "object",
        "required": ["id", "account", "account_name", "label", "scopes", "created_ms", "expires_ms", "used_ms"],
        "properties": {
          "id": {"type": "string"},
          "account": {"type": "string"},
          "account_name": {"type": "string"},
          "label": {"type": "string"},
          "scopes": {"type": "array", "items": {"$ref": "#/components/schemas/Scope"}},
          "created_ms": {"type": "integer"},
          "expires_ms": {"type": "integer"},
          "used_ms": {"type": ["integer", "null"], "description": "The last time, to the hour"}
        }
      })json";

}  // namespace

std::string_view openapi_tokens_paths() {
  return kTokensPaths;
}

std::string_view openapi_tokens_schemas() {
  return kTokensSchemas;
}

}  // namespace longmen
