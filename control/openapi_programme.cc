#include "control/openapi_programme.h"

namespace longmen {
namespace {

constexpr std::string_view kProgrammePaths = R"json(
    "/api/v1/channels/{id}/air/delay": {
      "get": {
        "operationId": "getAirDelay",
        "summary": "For how long a channel's programme is held before it airs",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "The delay",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AirDelay"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "patch": {
        "operationId": "changeAirDelay",
        "summary": "Another delay; operators. In force at once: what is held is lost, and the channel shows its slate for the new delay's length. Refused (409) while a feed is on air, unless \"now\" says that this is wanted",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {
            "type": "object",
            "properties": {
              "delay_ms": {"type": "integer", "minimum": 0, "maximum": 60000, "multipleOf": 100},
              "now": {"type": "boolean", "default": false}
            }
          }}}
        },
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/AirDelay"}}}
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "412": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "428": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/channels/{id}/overlay": {
      "get": {
        "operationId": "getOverlay",
        "summary": "What is laid over a channel's programme",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "The overlay",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Overlay"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "patch": {
        "operationId": "changeOverlay",
        "summary": "Another text, another mark, the logo shown or not; operators. What is absent stays as it is. On air within a second, without a break, and never over a slate",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OverlayWish"}}}},
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Overlay"}}}
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
      }
    },
    "/api/v1/channels/{id}/overlay/logo": {
      "get": {
        "operationId": "getLogo",
        "summary": "A channel's logo",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {"description": "The PNG, as it was put", "content": {"image/png": {}}},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "put": {
        "operationId": "putLogo",
        "summary": "Another logo: a PNG, 512 KiB and 2048 pixels each way at most, with transparency; administrators",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {"required": true, "content": {"image/png": {}}},
        "responses": {
          "200": {
            "description": "The overlay, with the logo's digest",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Overlay"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "412": {"$ref": "#/components/responses/Problem"},
          "413": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "428": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "delete": {
        "operationId": "removeLogo",
        "summary": "No logo any more; administrators",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Overlay"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "412": {"$ref": "#/components/responses/Problem"},
          "428": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    })json";

constexpr std::string_view kProgrammeSchemas = R"json(
      "AirDelay": {
        "type": "object",
        "required": ["channel", "delay_ms", "version", "changed_ms", "changed_by"],
        "properties": {
          "channel": {"type": "string"},
          "delay_ms": {"type": "integer", "description": "0: it airs as it is made"},
          "version": {"type": "integer"},
          "changed_ms": {"type": "integer"},
          "changed_by": {"type": "string"}
        }
      },
      "OverlayWish": {
        "type": "object",
        "properties": {
          "text": {
            "type": "object",
            "properties": {
              "on": {"type": "boolean"},
              "words": {"type": "string", "description": "A line of up to 300 bytes; no markup means anything in it"},
              "place": {"type": "string", "enum": ["top_left", "top_right", "bottom_left", "bottom_right", "lower_third"]},
              "height_percent": {"type": "integer", "minimum": 2, "maximum": 15}
            }
          },
          "logo": {
            "type": "object",
            "properties": {
              "on": {"type": "boolean"},
              "digest": {"type": "string", "description": "Of the PNG; only read"},
              "place": {"type": "string", "enum": ["top_left", "top_right", "bottom_left", "bottom_right"]},
              "height_percent": {"type": "integer", "minimum": 2, "maximum": 40},
              "opacity_percent": {"type": "integer", "minimum": 1, "maximum": 100}
            }
          },
          "mark": {
            "type": "object",
            "properties": {
              "rule": {
                "type": "string",
                "enum": ["off", "auto", "live", "recorded"],
                "description": "auto: recorded when the input on air comes from files, else live"
              },
              "place": {"type": "string", "enum": ["top_left", "top_right", "bottom_left", "bottom_right"]}
            }
          },
          "margin_percent": {
            "type": "integer",
            "minimum": 0,
            "maximum": 15,
            "description": "Of width and height, on each side; within 5 graphics are safe on televisions (EBU R 95)"
          }
        }
      },
      "Overlay": {
        "allOf": [
          {"$ref": "#/components/schemas/OverlayWish"},
          {
            "type": "object",
            "required": ["text", "logo", "mark", "margin_percent", "channel", "version", "changed_ms", "changed_by"],
            "properties": {
              "channel": {"type": "string"},
              "version": {"type": "integer"},
              "changed_ms": {"type": "integer"},
              "changed_by": {"type": "string"}
            }
          }
        ]
      })json";

}  // namespace

std::string_view openapi_programme_paths() {
  return kProgrammePaths;
}

std::string_view openapi_programme_schemas() {
  return kProgrammeSchemas;
}

}  // namespace longmen
