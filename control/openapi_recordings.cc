#include "control/openapi_recordings.h"

namespace longmen {
namespace {

constexpr std::string_view kRecordingPaths = R"json(
    "/api/v1/recordings": {
      "get": {
        "operationId": "listRecordings",
        "summary": "Recordings that can be watched, the latest first: those of open channels; with a watch token (?token= or Authorization: Bearer) that channel's, too; with all=true, for the studio, all, each with what was ordered of it",
        "parameters": [
          {"name": "all", "in": "query", "schema": {"type": "boolean"}, "description": "All of them; needs an account"},
          {"name": "token", "in": "query", "schema": {"type": "string"}, "description": "A watch token"},
          {"name": "id", "in": "query", "schema": {"type": "string"}, "description": "That one alone"},
          {"name": "channel", "in": "query", "schema": {"type": "string"}, "description": "Of one channel alone"},
          {"name": "series", "in": "query", "schema": {"type": "string"}, "description": "Of one series alone"},
          {"name": "before_ms", "in": "query", "schema": {"type": "integer"}, "description": "That began before it"},
          {"name": "limit", "in": "query", "schema": {"type": "integer"}, "description": "200 at most"}
        ],
        "security": [{"sign_in": []}, {"token": []}, {}],
        "responses": {
          "200": {
            "description": "A page of them",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RecordingList"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/library": {
      "get": {
        "operationId": "searchLibrary",
        "summary": "Recordings that can be watched, the latest first, found by words and by what they are filed under; of whose channels, as listRecordings says",
        "parameters": [
          {"name": "q", "in": "query", "schema": {"type": "string"}, "description": "Words that titles, speakers, series, theme, place and chapters have, all of them; 200 bytes, 8 words"},
          {"name": "series", "in": "query", "schema": {"type": "string"}, "description": "Its id"},
          {"name": "theme", "in": "query", "schema": {"type": "string"}, "description": "Its id"},
          {"name": "channel", "in": "query", "schema": {"type": "string"}, "description": "Its id"},
          {"name": "speaker", "in": "query", "schema": {"type": "string"}, "description": "The whole name"},
          {"name": "place", "in": "query", "schema": {"type": "string"}, "description": "The whole name"},
          {"name": "from_ms", "in": "query", "schema": {"type": "integer"}, "description": "That began then or later"},
          {"name": "to_ms", "in": "query", "schema": {"type": "integer"}, "description": "That began before it"},
          {"name": "cursor", "in": "query", "schema": {"type": "string"}, "description": "What an answer had as next"},
          {"name": "limit", "in": "query", "schema": {"type": "integer"}, "description": "100 at most"},
          {"name": "all", "in": "query", "schema": {"type": "boolean"}, "description": "Of all channels; needs an account"},
          {"name": "token", "in": "query", "schema": {"type": "string"}, "description": "A watch token"}
        ],
        "security": [{"sign_in": []}, {"token": []}, {}],
        "responses": {
          "200": {
            "description": "A page of them",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LibraryPage"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/library/facets": {
      "get": {
        "operationId": "listLibraryFacets",
        "summary": "Under what recordings are filed, and how many: 200 of a kind, those with most first",
        "parameters": [
          {"name": "all", "in": "query", "schema": {"type": "boolean"}, "description": "Of all channels; needs an account"},
          {"name": "token", "in": "query", "schema": {"type": "string"}, "description": "A watch token"}
        ],
        "security": [{"sign_in": []}, {"token": []}, {}],
        "responses": {
          "200": {
            "description": "Each kind's",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LibraryFacets"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/library/podcast.xml": {
      "get": {
        "operationId": "getPodcast",
        "summary": "The latest 100 of what is found as a podcast (RSS 2.0), the sound of each recording that has ended; searched as the library",
        "parameters": [
          {"name": "series", "in": "query", "schema": {"type": "string"}, "description": "Its id, whose title the podcast has"},
          {"name": "q", "in": "query", "schema": {"type": "string"}},
          {"name": "theme", "in": "query", "schema": {"type": "string"}},
          {"name": "speaker", "in": "query", "schema": {"type": "string"}},
          {"name": "token", "in": "query", "schema": {"type": "string"}, "description": "A watch token, which the addresses keep"}
        ],
        "security": [{"token": []}, {}],
        "responses": {
          "200": {
            "description": "RSS",
            "content": {"application/rss+xml": {"schema": {"type": "string"}}}
          },
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/recorder": {
      "get": {
        "operationId": "getRecorder",
        "summary": "How this node's recorder is, and for how long there is room",
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "Its state",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Recorder"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/recordings/{id}": {
      "get": {
        "operationId": "getRecording",
        "summary": "One recording, with what was ordered of it",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "The recording",
            "headers": {"ETag": {"schema": {"type": "string"}, "description": "The version, for If-Match"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Recording"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "patch": {
        "operationId": "changeRecording",
        "summary": "Keep it for ever, or no longer; or trim it; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RecordingWish"}}}
        },
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"schema": {"type": "string"}, "description": "The version, for If-Match"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Recording"}}}
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
        "operationId": "removeRecording",
        "summary": "Remove it for good; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"},
          {"name": "confirm", "in": "query", "required": true, "schema": {"type": "string"}, "description": "The id again"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "It is going",
            "headers": {"ETag": {"schema": {"type": "string"}, "description": "The version, for If-Match"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Recording"}}}
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
    "/api/v1/recordings/{id}/withdrawals": {
      "post": {
        "operationId": "withdrawRange",
        "summary": "Show a range to nobody any more, in an emergency; operators",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IdempotencyKey"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RecordingRange"}}}
        },
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"schema": {"type": "string"}, "description": "The version, for If-Match"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Recording"}}}
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
      },
      "delete": {
        "operationId": "giveRangesBack",
        "summary": "Show all that was withdrawn again, by people or by an emergency cut; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"schema": {"type": "string"}, "description": "The version, for If-Match"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Recording"}}}
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

constexpr std::string_view kRecordingSchemas = R"json(
      "PublicRecording": {
        "type": "object",
        "required": [
          "id",
          "channel",
          "session",
          "title",
          "series",
          "speakers",
          "theme",
          "place",
          "state",
          "start_ms",
          "end_ms",
          "hole_ms",
          "shown",
          "replay_start_ms",
          "replay_ms",
          "source",
          "courseware"
        ],
        "properties": {
          "id": {"type": "string", "description": "Stands in /replay/ID/"},
          "channel": {
            "type": "object",
            "required": ["id", "name"],
            "properties": {"id": {"type": "string"}, "name": {"type": "string"}}
          },
          "session": {"type": ["string", "null"]},
          "title": {"type": "string"},
          "series": {"type": "string"},
          "speakers": {"type": "array", "items": {"type": "string"}},
          "theme": {"type": "string"},
          "place": {"type": "string"},
          "state": {"type": "string", "enum": ["recording", "ended"]},
          "start_ms": {"type": "integer", "description": "Milliseconds since 1970"},
          "end_ms": {"type": ["integer", "null"], "description": "null while it goes on"},
          "hole_ms": {"type": "integer", "description": "Of which nothing is there"},
          "shown": {"oneOf": [{"$ref": "#/components/schemas/RecordingRange"}, {"type": "null"}], "description": "That it was trimmed to; null: all of it is shown"},
          "replay_start_ms": {"type": "integer", "description": "Where what is shown of it begins; times of chapters count from there"},
          "replay_ms": {"type": ["integer", "null"], "description": "How long what is shown of it is; null while it goes on"},
          "source": {"type": ["string", "null"], "description": "The recording of which it is a clip"},
          "courseware": {"type": "integer", "description": "Files that are attached"}
        }
      },
      "FoundRecording": {
        "allOf": [
          {"$ref": "#/components/schemas/PublicRecording"},
          {
            "type": "object",
            "required": ["series_id", "theme_id", "chapters"],
            "properties": {
              "series_id": {"type": ["string", "null"]},
              "theme_id": {"type": ["string", "null"]},
              "chapters": {
                "type": "array",
                "description": "That have a word of what was searched, 5 at most",
                "items": {
                  "type": "object",
                  "required": ["at_ms", "title"],
                  "properties": {
                    "at_ms": {"type": "integer", "description": "Milliseconds since 1970; /?replay=ID&at= begins there"},
                    "title": {"type": "string"}
                  }
                }
              }
            }
          }
        ]
      },
      "LibraryPage": {
        "type": "object",
        "required": ["recordings", "next", "time_zone"],
        "properties": {
          "recordings": {"type": "array", "items": {"$ref": "#/components/schemas/FoundRecording"}},
          "next": {"type": ["string", "null"], "description": "The cursor of what follows; null: that was all"},
          "time_zone": {"type": "string"}
        }
      },
      "LibraryFacets": {
        "type": "object",
        "required": ["series", "themes", "speakers", "places"],
        "properties": {
          "series": {"type": "array", "items": {"$ref": "#/components/schemas/LibraryFacet"}},
          "themes": {"type": "array", "items": {"$ref": "#/components/schemas/LibraryFacet"}},
          "speakers": {"type": "array", "items": {"$ref": "#/components/schemas/LibraryFacet"}},
          "places": {"type": "array", "items": {"$ref": "#/components/schemas/LibraryFacet"}}
        }
      },
      "LibraryFacet": {
        "type": "object",
        "required": ["value", "title", "recordings"],
        "properties": {
          "value": {"type": "string", "description": "The id of a series or a theme"},
          "title": {"type": "string"},
          "recordings": {"type": "integer"}
        }
      },
      "RecordingList": {
        "type": "object",
        "required": ["recordings", "time_zone"],
        "properties": {
          "recordings": {"type": "array", "items": {"$ref": "#/components/schemas/PublicRecording"}},
          "time_zone": {"type": "string"}
        }
      },
      "Recording": {
        "type": "object",
        "required": [
          "id",
          "channel",
          "session",
          "title",
          "series",
          "speakers",
          "theme",
          "place",
          "state",
          "start_ms",
          "end_ms",
          "hole_ms",
          "shown",
          "replay_start_ms",
          "replay_ms",
          "source",
          "courseware",
          "node",
          "bytes",
          "keep",
          "removed_ms",
          "withdrawn",
          "version",
          "changed_ms",
          "changed_by"
        ],
        "properties": {
          "id": {"type": "string", "description": "Stands in /replay/ID/"},
          "channel": {
            "type": "object",
            "required": ["id", "name"],
            "properties": {"id": {"type": "string"}, "name": {"type": "string"}}
          },
          "session": {"type": ["string", "null"]},
          "title": {"type": "string"},
          "series": {"type": "string"},
          "speakers": {"type": "array", "items": {"type": "string"}},
          "theme": {"type": "string"},
          "place": {"type": "string"},
          "state": {"type": "string", "enum": ["recording", "ended"]},
          "start_ms": {"type": "integer", "description": "Milliseconds since 1970"},
          "end_ms": {"type": ["integer", "null"], "description": "null while it goes on"},
          "hole_ms": {"type": "integer", "description": "Of which nothing is there"},
          "shown": {"oneOf": [{"$ref": "#/components/schemas/RecordingRange"}, {"type": "null"}], "description": "That it was trimmed to; null: all of it is shown"},
          "replay_start_ms": {"type": "integer", "description": "Where what is shown of it begins; times of chapters count from there"},
          "replay_ms": {"type": ["integer", "null"], "description": "How long what is shown of it is; null while it goes on"},
          "source": {"type": ["string", "null"], "description": "The recording of which it is a clip"},
          "courseware": {"type": "integer", "description": "Files that are attached"},
          "node": {"type": "string"},
          "bytes": {"type": "integer"},
          "keep": {"type": "boolean", "description": "For ever"},
          "removed_ms": {"type": ["integer", "null"], "description": "It is to go"},
          "withdrawn": {"type": "array", "items": {"$ref": "#/components/schemas/WithdrawnRange"}},
          "version": {"type": "integer"},
          "changed_ms": {"type": "integer"},
          "changed_by": {"type": "string"}
        }
      },
      "RecordingWish": {
        "type": "object",
        "description": "One of both",
        "properties": {
          "keep": {"type": "boolean"},
          "shown": {"oneOf": [{"$ref": "#/components/schemas/RecordingRange"}, {"type": "null"}], "description": "Trim it to whole segments; null: show all of it again"}
        }
      },
      "RecordingRange": {
        "type": "object",
        "required": ["from_ms", "to_ms"],
        "properties": {
          "from_ms": {"type": "integer", "description": "Milliseconds since 1970"},
          "to_ms": {"type": "integer"}
        }
      },
      "WithdrawnRange": {
        "type": "object",
        "required": ["from_ms", "to_ms", "made_ms", "made_by", "by_cut"],
        "properties": {
          "from_ms": {"type": "integer", "description": "Milliseconds since 1970"},
          "to_ms": {"type": "integer"},
          "made_ms": {"type": "integer"},
          "made_by": {"type": "string", "description": "Empty for a cut, whose author is in the audit"},
          "by_cut": {"type": "boolean", "description": "An emergency cut took it back"}
        }
      },
      "Recorder": {
        "type": "object",
        "required": ["state", "words", "free_bytes", "seconds_left", "bucket"],
        "properties": {
          "state": {"type": "string", "enum": ["away", "off", "ready", "full", "failed"]},
          "words": {"type": "string", "description": "What is wrong, for a person"},
          "free_bytes": {"type": "integer"},
          "seconds_left": {"type": "integer", "description": "At the present rate"},
          "bucket": {"$ref": "#/components/schemas/RecordingBucket"}
        }
      },
      "RecordingBucket": {
        "type": "object",
        "description": "The bucket that recordings go to, too",
        "required": ["state", "words", "waiting_bytes", "waiting_seconds"],
        "properties": {
          "state": {"type": "string", "enum": ["off", "ready", "away", "refused"], "description": "off: none is configured; away: it is tried again; refused: by the server"},
          "words": {"type": "string", "description": "What is wrong, for a person"},
          "waiting_bytes": {"type": "integer", "description": "That are on this node's disk alone"},
          "waiting_seconds": {"type": "integer", "description": "For so long, the oldest of them"}
        }
      })json";

}  // namespace

std::string_view openapi_recordings_paths() {
  return kRecordingPaths;
}

std::string_view openapi_recordings_schemas() {
  return kRecordingSchemas;
}

}  // namespace longmen
