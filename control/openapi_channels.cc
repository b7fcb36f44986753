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
    "/api/v1/channels/{id}/wall-replay": {
      "get": {
        "operationId": "getWallReplay",
        "summary": "What the channel's wall screens show while nothing is on",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {
            "name": "token",
            "in": "query",
            "description": "Leave to watch, where the channel is not open; or as a bearer",
            "schema": {"type": "string"}
          }
        ],
        "responses": {
          "200": {
            "description": "The programme",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/WallReplayProgramme"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
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
    },
    "/api/v1/channels/{id}/slates": {
      "get": {
        "operationId": "listSlates",
        "summary": "What people gave to the channel as slates, by name",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "The slates, and what may be given",
            "content": {"application/json": {"schema": {
              "type": "object",
              "required": ["slates", "most", "max_megabytes", "max_seconds"],
              "properties": {
                "slates": {"type": "array", "items": {"$ref": "#/components/schemas/GivenSlate"}},
                "most": {"type": "integer", "description": "Of a channel"},
                "max_megabytes": {"type": "integer", "description": "Of a file"},
                "max_seconds": {"type": "integer", "description": "Of a clip"}
              }
            }}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "post": {
        "operationId": "giveSlate",
        "summary": "A still or a clip, as the body; administrators. What it is, is found by its bytes, whatever the Content-Type says, and all of it is decoded before it is taken: 422 says what is wrong. The same file under the same name is the one that there is",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"name": "name", "in": "query", "required": true, "schema": {"type": "string"}, "description": "For people; 1 to 200 bytes"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        },
        "responses": {
          "200": {
            "description": "It is taken; encoding it begins",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/GivenSlate"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "408": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "413": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/channels/{id}/slates/{slate}": {
      "patch": {
        "operationId": "renameSlate",
        "summary": "Another name; administrators",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}, {"name": "slate", "in": "path", "required": true, "schema": {"type": "string"}}, {"$ref": "#/components/parameters/IfMatch"}],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string"}}
          }}}
        },
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/GivenSlate"}}}
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
        "operationId": "removeSlate",
        "summary": "Remove one; administrators. 409 while something would show it, and says what",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}, {"name": "slate", "in": "path", "required": true, "schema": {"type": "string"}}, {"$ref": "#/components/parameters/IfMatch"}],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it was",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/GivenSlate"}}}
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
    "/api/v1/channels/{id}/slates/{slate}/thumbnail": {
      "get": {
        "operationId": "getSlateThumbnail",
        "summary": "A small picture of it, 320x180",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}, {"name": "slate", "in": "path", "required": true, "schema": {"type": "string"}}],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "JPEG",
            "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
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
          "wall_replay",
          "slates",
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
          "wall_replay": {"$ref": "#/components/schemas/WallReplayRule"},
          "slates": {"$ref": "#/components/schemas/SlateChoice"},
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
          "sound": {"$ref": "#/components/schemas/SoundRules"},
          "slates": {"$ref": "#/components/schemas/SlateChoice"},
          "wall_replay": {"$ref": "#/components/schemas/WallReplayRule"}
        }
      },
      "WallReplayRule": {
        "type": "object",
        "description": "What the channel's screens show while nothing is on. In a change, what is absent stays",
        "properties": {
          "what": {
            "type": "string",
            "enum": ["off", "last", "day"],
            "description": "last: the session that ended last; day: those of the last day that had any, in order"
          },
          "from": {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$", "description": "Of the node's wall clock"},
          "until": {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$", "description": "The same as from: at any hour"},
          "minutes_before": {
            "type": "integer",
            "minimum": 0,
            "maximum": 240,
            "description": "The next session, at which replays make room"
          },
          "sound": {"type": "boolean", "description": "At the screen's volume; else silent"}
        }
      },
      "WallReplayProgramme": {
        "type": "object",
        "description": "Replays one after the other, again and again, by the clock: which one, and where in it, follows from now_ms. Within a round each takes the length of its ranges, and pause_ms follow",
        "required": ["now_ms", "time_zone", "what", "sound", "held", "next_ms", "stops_ms", "from_ms", "until_ms", "begun_ms", "pause_ms", "replays"],
        "properties": {
          "now_ms": {"type": "integer", "description": "Milliseconds since 1970, as everything here"},
          "time_zone": {"type": "string"},
          "what": {"type": "string", "enum": ["off", "last", "day"]},
          "sound": {"type": "boolean"},
          "held": {
            "type": ["string", "null"],
            "enum": ["live", "ordered", null],
            "description": "Nothing is replayed: something is live, or an operator has cut or ordered the slate"
          },
          "next_ms": {"type": ["integer", "null"], "description": "When the next session is planned to begin"},
          "stops_ms": {"type": ["integer", "null"], "description": "From when on replays make room for it"},
          "from_ms": {"type": "integer", "description": "The hours that hold, or the next ones"},
          "until_ms": {"type": "integer"},
          "begun_ms": {"type": "integer", "description": "When the first round began"},
          "pause_ms": {"type": "integer"},
          "replays": {
            "type": "array",
            "items": {
              "type": "object",
              "required": ["id", "title", "series", "start_ms", "ranges"],
              "properties": {
                "id": {"type": "string", "description": "Of the recording"},
                "title": {"type": "string"},
                "series": {"type": "string"},
                "start_ms": {"type": "integer", "description": "When the session began"},
                "ranges": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["from_ms", "to_ms"],
                    "properties": {"from_ms": {"type": "integer"}, "to_ms": {"type": "integer"}}
                  }
                }
              }
            }
          }
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
          "backup_mapping": {"$ref": "#/components/schemas/SoundMapping"},
          "languages": {
            "type": ["array", "null"],
            "maxItems": 2,
            "items": {"$ref": "#/components/schemas/SoundLanguage"},
            "description": "Of left and right, where an input is mapped to languages: two with different tags and names, or none. Another one begins the programme anew. Absent: there are none"
          }
        }
      },
      "SoundLanguage": {
        "type": "object",
        "required": ["tag", "name"],
        "properties": {
          "tag": {"type": "string", "maxLength": 35, "description": "A language tag of BCP 47: zh, ug, bo, zh-Hant"},
          "name": {"type": "string", "maxLength": 128, "description": "As people choose it: up to 128 bytes of UTF-8, without a quotation mark"}
        }
      },
      "SoundMapping": {
        "type": "string",
        "enum": ["stereo", "left", "right", "mono", "swap", "languages"],
        "description": "stereo: as it comes; left, right: that side on both; mono: half of both on both; swap: each on the other side; languages: each side is a sound of its own, between which viewers choose. Where one input is mapped so, the other is heard in both"
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
      },
      "ChosenSlates": {
        "type": "object",
        "description": "Which slate is shown on which occasion, by id; null: what the channel has, or the one that is made up. In a change, what is absent stays",
        "properties": {
          "before": {"type": ["string", "null"], "description": "While nothing is on, from before_minutes ahead of a planned start, and where no session was before"},
          "break": {"type": ["string", "null"], "description": "When operators order the slate and name none"},
          "trouble": {"type": ["string", "null"], "description": "When there is no feed while a session is live, or was a moment ago"},
          "after": {"type": ["string", "null"], "description": "While nothing is on, from a session's end until \"before\""},
          "cut": {"type": ["string", "null"], "description": "During an emergency cut that names none"}
        }
      },
      "SlateChoice": {
        "allOf": [{"$ref": "#/components/schemas/ChosenSlates"}],
        "properties": {
          "before_minutes": {"type": "integer", "minimum": 0, "maximum": 1440}
        }
      },
      "GivenSlate": {
        "type": "object",
        "required": ["id", "channel", "name", "kind", "media_type", "bytes", "width", "height", "duration_ms", "sound", "sha256", "version", "changed_ms", "changed_by"],
        "properties": {
          "id": {"type": "string"},
          "channel": {"type": "string"},
          "name": {"type": "string"},
          "kind": {"type": "string", "enum": ["still", "clip"]},
          "media_type": {"type": "string"},
          "bytes": {"type": "integer"},
          "width": {"type": "integer", "description": "As it was given"},
          "height": {"type": "integer", "description": "As it was given"},
          "duration_ms": {"type": "integer", "description": "Of a clip; 0 of a still"},
          "sound": {"type": "boolean"},
          "sha256": {"type": "string", "description": "Of the file"},
          "encoded": {
            "type": "string",
            "enum": ["ready", "waiting", "failed"],
            "description": "In the list alone: in the channel's renditions, on the node that was asked"
          },
          "version": {"type": "integer"},
          "changed_ms": {"type": "integer", "description": "Milliseconds since 1970"},
          "changed_by": {"type": "string"}
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
