#include "control/openapi_channels.h"

namespace longmen {
namespace {

constexpr std::string_view kChannelPaths = R"json(
    "/api/v1/channels/{id}/settings": {
      "get": {
        "operationId": "getChannelSettings",
        "summary": "What can be edited of a channel",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "The settings",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChannelSettings"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"}
        }
      },
      "patch": {
        "operationId": "changeChannel",
        "summary": "Change what is named; administrators",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChannelWish"}}}
        },
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChannelSettings"}}}
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
    "/api/v1/channels/{id}/keys": {
      "get": {
        "operationId": "listStreamKeys",
        "summary": "Stream keys that are valid; administrators",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "Without the keys themselves, of which only hashes are kept",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["keys"],
                  "properties": {
                    "keys": {"type": "array", "items": {"$ref": "#/components/schemas/StreamKey"}}
                  }
                }
              }
            }
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"}
        }
      },
      "post": {
        "operationId": "createStreamKey",
        "summary": "A new stream key; administrators",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IdempotencyKey"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "properties": {
                  "label": {"type": "string"},
                  "input": {"type": "string", "enum": ["primary", "backup"], "default": "primary"}
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Shown this once",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewStreamKey"}}}
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "429": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/channels/{id}/watch-tokens": {
      "post": {
        "operationId": "createWatchToken",
        "summary": "A link for somebody to a channel whose access is by token; administrators",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {
            "type": "object",
            "required": ["for", "minutes"],
            "properties": {
              "for": {"type": "string", "description": "Who gets it; for the audit"},
              "minutes": {"type": "integer", "minimum": 1, "maximum": 527040}
            }
          }}}
        },
        "responses": {
          "200": {
            "description": "The token, which is not kept, and addresses with it",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/WatchToken"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/channels/{id}/keys/{key}/rotate": {
      "post": {
        "operationId": "rotateStreamKey",
        "summary": "Another key in its place; who sends with the old one is cut; administrators",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {
            "name": "key",
            "in": "path",
            "required": true,
            "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"}
          },
          {"$ref": "#/components/parameters/IdempotencyKey"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "Shown this once",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewStreamKey"}}}
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "429": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/channels/{id}/keys/{key}": {
      "delete": {
        "operationId": "revokeStreamKey",
        "summary": "Valid no longer; who sends with it is cut; administrators",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {
            "name": "key",
            "in": "path",
            "required": true,
            "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"}
          }
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it was",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/StreamKey"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/guide": {
      "get": {
        "operationId": "getGuide",
        "summary": "The programme guide: from today on, seven days",
        "parameters": [
          {"name": "channel", "in": "query", "description": "", "schema": {"type": "string"}},
          {"name": "series", "in": "query", "description": "", "schema": {"type": "string"}},
          {
            "name": "from_ms",
            "in": "query",
            "description": "That end after it; default: the beginning of today, by the wall clock",
            "schema": {"type": "integer"}
          },
          {
            "name": "to_ms",
            "in": "query",
            "description": "That begin before it",
            "schema": {"type": "integer"}
          }
        ],
        "responses": {
          "200": {
            "description": "By planned start",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["time_zone", "from_ms", "to_ms", "sessions"],
                  "properties": {
                    "time_zone": {"type": "string", "description": "Of the wall clock"},
                    "from_ms": {"type": "integer"},
                    "to_ms": {"type": "integer"},
                    "sessions": {"type": "array", "items": {"$ref": "#/components/schemas/GuideEntry"}}
                  }
                }
              }
            }
          },
          "304": {"description": "As the ETag in If-None-Match"},
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/guide.ics": {
      "get": {
        "operationId": "getGuideCalendar",
        "summary": "The guide as iCalendar, to subscribe to; a channel's or a series' alone",
        "parameters": [
          {"name": "channel", "in": "query", "description": "", "schema": {"type": "string"}},
          {"name": "series", "in": "query", "description": "", "schema": {"type": "string"}},
          {
            "name": "from_ms",
            "in": "query",
            "description": "That end after it; default: the beginning of today, by the wall clock",
            "schema": {"type": "integer"}
          },
          {
            "name": "to_ms",
            "in": "query",
            "description": "That begin before it",
            "schema": {"type": "integer"}
          }
        ],
        "responses": {
          "200": {"description": "RFC 5545", "content": {"text/calendar": {}}},
          "304": {"description": "As the ETag in If-None-Match"},
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/guide.xml": {
      "get": {
        "operationId": "getGuideXmltv",
        "summary": "The guide as XMLTV",
        "parameters": [
          {"name": "channel", "in": "query", "description": "", "schema": {"type": "string"}},
          {"name": "series", "in": "query", "description": "", "schema": {"type": "string"}},
          {
            "name": "from_ms",
            "in": "query",
            "description": "That end after it; default: the beginning of today, by the wall clock",
            "schema": {"type": "integer"}
          },
          {
            "name": "to_ms",
            "in": "query",
            "description": "That begin before it",
            "schema": {"type": "integer"}
          }
        ],
        "responses": {
          "200": {"description": "XMLTV", "content": {"application/xml": {}}},
          "304": {"description": "As the ETag in If-None-Match"},
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/guide/import": {
      "post": {
        "operationId": "importGuide",
        "summary": "Sessions from a CSV or XMLTV file; producers",
        "parameters": [
          {
            "name": "dry_run",
            "in": "query",
            "description": "true: only look",
            "schema": {"type": "boolean"}
          },
          {
            "name": "take",
            "in": "query",
            "description": "all or nothing, or what is right of it",
            "schema": {"type": "string", "enum": ["all", "right"], "default": "all"}
          }
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {"required": true, "content": {"text/csv": {}, "application/xml": {}}},
        "responses": {
          "200": {
            "description": "What was done, and what is wrong in which line",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ImportReport"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "413": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    })json";

constexpr std::string_view kChannelSchemas = R"json(
      "ChannelSettings": {
        "type": "object",
        "required": [
          "id",
          "name",
          "frames_per_second",
          "gop_seconds",
          "renditions",
          "opus_kbps",
          "aac_kbps",
          "second_publisher",
          "access",
          "record",
          "failover",
          "sound",
          "version",
          "changed_ms",
          "changed_by"
        ],
        "properties": {
          "id": {"type": "string"},
          "name": {"type": "string"},
          "frames_per_second": {"type": "integer"},
          "gop_seconds": {"type": "integer"},
          "renditions": {
            "type": "array",
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
          "opus_kbps": {"type": "integer"},
          "aac_kbps": {"type": "integer"},
          "second_publisher": {"type": "string", "enum": ["refuse", "take_over"]},
          "access": {"type": "string", "enum": ["open", "screens", "token"]},
          "record": {"type": "string", "enum": ["sessions", "always", "off"]},
          "failover": {"$ref": "#/components/schemas/FailoverRules"},
          "sound": {"$ref": "#/components/schemas/SoundRules"},
          "version": {"type": "integer"},
          "changed_ms": {"type": "integer", "description": "Milliseconds since 1970"},
          "changed_by": {"type": "string"}
        }
      },
      "ChannelWish": {
        "type": "object",
        "properties": {
          "name": {"type": "string"},
          "frames_per_second": {"type": "integer"},
          "gop_seconds": {"type": "integer"},
          "renditions": {
            "type": "array",
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
          "opus_kbps": {"type": "integer"},
          "aac_kbps": {"type": "integer"},
          "second_publisher": {"type": "string", "enum": ["refuse", "take_over"]},
          "access": {"type": "string", "enum": ["open", "screens", "token"]},
          "record": {"type": "string", "enum": ["sessions", "always", "off"]},
          "failover": {"$ref": "#/components/schemas/FailoverRules"},
          "sound": {"$ref": "#/components/schemas/SoundRules"}
        }
      },
      "SoundRules": {
        "type": "object",
        "description": "How loud the channel is, and which sides of its inputs are heard where. Changed on air without a gap. In a change, what is absent stays",
        "properties": {
          "target_lufs": {
            "type": ["number", "null"],
            "minimum": -31,
            "maximum": -14,
            "description": "Programme loudness to which sound is brought, and kept below -1 dBTP: -24 in China (LKFS), -23 in Europe (LUFS). null: as loud as it comes"
          },
          "primary_mapping": {"$ref": "#/components/schemas/SoundMapping"},
          "backup_mapping": {"$ref": "#/components/schemas/SoundMapping"}
        }
      },
      "SoundMapping": {
        "type": "string",
        "enum": ["stereo", "left", "right", "mono", "swap"],
        "description": "stereo: as it comes; left, right: that side on both; mono: half of both on both; swap: each on the other side"
      },
      "FailoverCondition": {
        "type": "object",
        "properties": {
          "after_ms": {
            "type": "integer",
            "minimum": 0,
            "maximum": 600000,
            "description": "For so long without a break; 0: it does not count"
          },
          "else": {
            "type": "string",
            "enum": ["slate", "stay"],
            "description": "What is shown when the other input is no better"
          }
        }
      },
      "FailoverRules": {
        "type": "object",
        "description": "What takes an input off air, and when the primary is taken again. In a change, what is absent stays",
        "properties": {
          "no_data": {"$ref": "#/components/schemas/FailoverCondition"},
          "black": {"$ref": "#/components/schemas/FailoverCondition"},
          "frozen": {"$ref": "#/components/schemas/FailoverCondition"},
          "errors": {"$ref": "#/components/schemas/FailoverCondition"},
          "silent": {"$ref": "#/components/schemas/FailoverCondition"},
          "errors_per_second": {"type": "integer", "minimum": 1, "maximum": 10000},
          "return_after_ms": {
            "type": ["integer", "null"],
            "description": "The primary is taken again when it has been good for so long; null: by hand"
          }
        }
      },
      "StreamKey": {
        "type": "object",
        "required": ["id", "input", "label", "configured", "created_ms", "created_by"],
        "properties": {
          "id": {"type": "string", "description": "The beginning of its hash"},
          "input": {"type": "string", "enum": ["primary", "backup"], "description": "That it feeds"},
          "label": {"type": "string"},
          "configured": {"type": "boolean", "description": "It stands in a node's configuration"},
          "created_ms": {"type": "integer", "description": "Milliseconds since 1970"},
          "created_by": {"type": "string"}
        }
      },
      "WatchToken": {
        "type": "object",
        "required": ["channel", "for", "expires_ms", "token", "page", "whep", "hls"],
        "properties": {
          "channel": {"type": "string"},
          "for": {"type": "string"},
          "expires_ms": {"type": "integer", "description": "Milliseconds since 1970"},
          "token": {"type": "string", "description": "A JSON Web Token (EdDSA)"},
          "page": {"type": "string", "description": "Path and query on any node with pages"},
          "whep": {"type": "string"},
          "hls": {"type": "string"}
        }
      },
      "NewStreamKey": {
        "allOf": [{"$ref": "#/components/schemas/StreamKey"}],
        "required": ["stream_key"],
        "properties": {"stream_key": {"type": "string"}}
      },
      "GuideEntry": {
        "type": "object",
        "required": [
          "id",
          "channel",
          "series",
          "title",
          "description",
          "speakers",
          "theme",
          "language",
          "place",
          "state",
          "start_ms",
          "end_ms",
          "live_ms",
          "ended_ms"
        ],
        "properties": {
          "id": {"type": "string"},
          "channel": {
            "type": "object",
            "required": ["id", "name"],
            "properties": {"id": {"type": "string"}, "name": {"type": "string"}}
          },
          "series": {
            "type": "object",
            "required": ["id", "title"],
            "properties": {"id": {"type": "string"}, "title": {"type": "string"}}
          },
          "title": {"type": "string"},
          "description": {"type": "string"},
          "speakers": {"type": "array", "items": {"type": "string"}},
          "theme": {
            "type": ["object", "null"],
            "properties": {"id": {"type": "string"}, "title": {"type": "string"}}
          },
          "language": {"type": "string"},
          "place": {"type": "string"},
          "state": {"$ref": "#/components/schemas/SessionState"},
          "start_ms": {"type": "integer"},
          "end_ms": {"type": "integer"},
          "live_ms": {"type": ["integer", "null"]},
          "ended_ms": {"type": ["integer", "null"]}
        }
      },
      "ImportReport": {
        "type": "object",
        "required": ["done", "scheduled", "unchanged", "series_made", "mistakes", "mistakes_in_all"],
        "properties": {
          "done": {"type": "boolean", "description": "It was kept"},
          "scheduled": {"type": "integer"},
          "unchanged": {"type": "integer", "description": "Were there already"},
          "series_made": {"type": "array", "items": {"type": "string"}},
          "mistakes": {
            "type": "array",
            "items": {
              "type": "object",
              "required": ["line", "words"],
              "properties": {"line": {"type": ["integer", "null"]}, "words": {"type": "string"}}
            }
          },
          "mistakes_in_all": {"type": "integer"}
        }
      })json";

}  // namespace

std::string_view openapi_channels_paths() {
  return kChannelPaths;
}

std::string_view openapi_channels_schemas() {
  return kChannelSchemas;
}

}  // namespace longmen
