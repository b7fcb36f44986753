#include "control/openapi.h"

#include <string>

#include "control/openapi_air.h"
#include "control/openapi_channels.h"
#include "control/openapi_entries.h"
#include "control/openapi_programme.h"
#include "control/openapi_recording_files.h"
#include "control/openapi_recordings.h"
#include "control/openapi_schedule.h"
#include "control/openapi_sites.h"
#include "control/openapi_studio.h"
#include "control/openapi_tokens.h"
#include "control/openapi_webhooks.h"

namespace longmen {
namespace {

constexpr std::string_view kComma = ",";

constexpr std::string_view kBeforePaths = R"json({
  "openapi": "3.1.0",
  "info": {
    "title": "Longmen",
    "version": "1",
    "description": "What the pages of a Longmen node do, for programs. Errors are problem details (RFC 9457). When control is away, 503 with Retry-After is answered; what is on air goes on."
  },
  "servers": [{"url": "/"}],
  "paths": {
    "/api/v1/channels": {
      "get": {
        "operationId": "listChannels",
        "summary": "Every channel, with what is on air",
        "responses": {
          "200": {
            "description": "The channels, in the order in which they were made",
            "content": {"application/json": {"schema": {
              "type": "object",
              "required": ["channels"],
              "properties": {
                "channels": {"type": "array", "items": {"$ref": "#/components/schemas/Channel"}}
              }
            }}}
          },
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "post": {
        "operationId": "createChannel",
        "summary": "A new channel; administrators",
        "parameters": [
          {"$ref": "#/components/parameters/IdempotencyKey"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "allOf": [{"$ref": "#/components/schemas/ChannelWish"}],
                "required": ["id"],
                "properties": {"id": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"}}
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Made; the node's processes hear of it at once",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChannelSettings"}}}
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
    "/api/v1/channels/{id}": {
      "get": {
        "operationId": "getChannel",
        "summary": "One channel",
        "parameters": [{
          "name": "id", "in": "path", "required": true,
          "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"}
        }],
        "responses": {
          "200": {
            "description": "The channel",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Channel"}}}
          },
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "delete": {
        "operationId": "removeChannel",
        "summary": "A channel is no more; administrators. 409 says what stands in the way: a feed, sessions that are live or scheduled, screens, a configuration that would make it anew. Past sessions go with it",
        "parameters": [
          {
            "name": "id", "in": "path", "required": true,
            "schema": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,62}$"}
          },
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it was",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChannelSettings"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "412": {"$ref": "#/components/responses/Problem"},
          "428": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/node": {
      "get": {
        "operationId": "getNode",
        "summary": "This node and its processes",
        "responses": {
          "200": {
            "description": "The node",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Node"}}}
          }
        }
      }
    },
)json";

constexpr std::string_view kAfterPaths = R"json(,
    "/api/v1/openapi.json": {
      "get": {
        "operationId": "getOpenApi",
        "summary": "This description",
        "responses": {
          "200": {"description": "OpenAPI 3.1", "content": {"application/json": {}}}
        }
      }
    }
  },
  "components": {
    "securitySchemes": {
      "sign_in": {
        "type": "apiKey", "in": "cookie", "name": "__Host-longmen",
        "description": "Of POST /api/v1/sign-in. Over plain HTTP it is called longmen. Requests that change something also need the Origin that a browser sends, or X-Longmen-Request: 1."
      },
      "token": {
        "type": "http", "scheme": "bearer",
        "description": "Of POST /api/v1/me/tokens: wherever a sign-in is good, as far as the token's scopes go, but for one's own account. No Origin is asked for."
      },
      "screen": {
        "type": "apiKey", "in": "cookie", "name": "__Secure-longmen-screen",
        "description": "Of POST /api/v1/screen/code, once that code was enrolled. Over plain HTTP it is called longmen-screen."
      }
    },
    "headers": {
      "ETag": {"schema": {"type": "string"}, "description": "The version, for If-Match"}
    },
    "parameters": {
      "Cursor": {
        "name": "cursor",
        "in": "query",
        "description": "The \"next\" of an earlier page",
        "schema": {"type": "string"}
      },
      "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Sent again within 24 hours, the request is answered as the first time and not done again",
        "schema": {"type": "string", "maxLength": 128}
      },
      "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "required": true,
        "description": "The ETag of what the change was made looking at, or * to overwrite whatever is there",
        "schema": {"type": "string"}
      }
    },
    "requestBodies": {
      "OwnPassword": {
        "required": true,
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "properties": {"password": {"type": "string", "description": "Yours, once more"}}
            }
          }
        }
      }
    },
    "responses": {
      "AtTheProvider": {
        "description": "The address at the provider, to which the browser goes",
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "required": ["location"],
              "properties": {"location": {"type": "string"}}
            }
          }
        }
      },
      "Problem": {
        "description": "What went wrong",
        "content": {
          "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        }
      }
    },
    "schemas": {
)json";

constexpr std::string_view kAfterSchemas = R"json(,
      "Channel": {
        "type": "object",
        "required": ["id", "name", "frames_per_second", "gop_seconds", "renditions", "languages",
                     "opus_kbps", "aac_kbps", "access", "on_air", "session", "feed", "viewers"],
        "properties": {
          "id": {"type": "string", "description": "As it stands in addresses"},
          "name": {"type": "string", "description": "For people"},
          "frames_per_second": {"type": "integer", "enum": [25, 30, 50, 60]},
          "gop_seconds": {"type": "integer", "enum": [1, 2]},
          "renditions": {
            "type": "array",
            "description": "The ladder, largest first",
            "items": {
              "type": "object",
              "required": ["name", "width", "height", "kbps"],
              "properties": {
                "name": {"type": "string"},
                "width": {"type": "integer"},
                "height": {"type": "integer"},
                "kbps": {"type": "integer"}
              }
            }
          },
          "languages": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/SoundLanguage"},
            "description": "Of a channel with two sounds, the first one's and the second one's: for ?audio= of WHEP, and as HLS has them. Else empty"
          },
          "opus_kbps": {"type": "integer"},
          "aac_kbps": {"type": "integer"},
          "access": {
            "type": "string",
            "enum": ["open", "screens", "token"],
            "description": "Who may watch: everybody, enrolled screens, whoever has a token"
          },
          "on_air": {
            "type": "object",
            "required": ["source"],
            "properties": {
              "source": {"type": "string", "enum": ["live", "slate", "none"]},
              "generation": {
                "type": "string",
                "description": "Which run of the encoder, or which slate: 16 hexadecimal digits"
              }
            }
          },
          "session": {
            "description": "The session on air; null when none is",
            "oneOf": [{"$ref": "#/components/schemas/GuideEntry"}, {"type": "null"}]
          },
          "feed": {
            "description": "What the studio sends in; null when nothing comes",
            "type": ["object", "null"],
            "required": ["protocol"],
            "properties": {"protocol": {"type": "string"}}
          },
          "viewers": {
            "type": ["integer", "null"],
            "description": "On this node; null when the relay does not tell"
          }
        }
      },
      "Node": {
        "type": "object",
        "required": ["name", "ready", "viewers", "roles"],
        "properties": {
          "name": {"type": "string"},
          "ready": {"type": "boolean", "description": "Every role has been ready once"},
          "viewers": {"type": ["integer", "null"], "description": "Of all channels"},
          "roles": {
            "type": "array",
            "items": {
              "type": "object",
              "required": ["role", "state", "restarts"],
              "properties": {
                "role": {"type": "string"},
                "channel": {"type": "string", "description": "For a process of one channel"},
                "state": {"type": "string"},
                "restarts": {"type": "integer"}
              }
            }
          }
        }
      },
      "Problem": {
        "type": "object",
        "required": ["type", "title", "status"],
        "properties": {
          "type": {"type": "string"},
          "title": {"type": "string"},
          "status": {"type": "integer"},
          "detail": {"type": "string", "description": "For a person"},
          "code_needed": {
            "type": "boolean",
            "description": "Of a sign-in whose password was right: the second factor is missing"
          },
          "confirmation_needed": {
            "type": "boolean",
            "description": "Of an account without a password: sign in by the provider once more, with again"
          },
          "provider_problem": {
            "type": "string",
            "description": "What is wrong with the provider: unreachable, unusable, busy"
          }
        }
      }
    }
  }
}
)json";

}  // namespace

std::string_view openapi_json() {
  static const std::string whole = [] {
    std::string text;
    for (std::string_view part : {kBeforePaths, openapi_studio_paths(),
                                  kComma,       openapi_schedule_paths(),
                                  kComma,       openapi_channels_paths(),
                                  kComma,       openapi_sites_paths(),
                                  kComma,       openapi_tokens_paths(),
                                  kComma,       openapi_air_paths(),
                                  kComma,       openapi_recordings_paths(),
                                  kComma,       openapi_recording_files_paths(),
                                  kComma,       openapi_entries_paths(),
                                  kComma,       openapi_webhooks_paths(),
                                  kComma,       openapi_programme_paths(),
                                  kAfterPaths,  openapi_studio_schemas(),
                                  kComma,       openapi_schedule_schemas(),
                                  kComma,       openapi_channels_schemas(),
                                  kComma,       openapi_sites_schemas(),
                                  kComma,       openapi_tokens_schemas(),
                                  kComma,       openapi_air_schemas(),
                                  kComma,       openapi_recordings_schemas(),
                                  kComma,       openapi_recording_files_schemas(),
                                  kComma,       openapi_entries_schemas(),
                                  kComma,       openapi_webhooks_schemas(),
                                  kComma,       openapi_programme_schemas(),
                                  kAfterSchemas})
      text += part;
    return text;
  }();
  return whole;
}

}  // namespace longmen
