#include "control/openapi_schedule.h"

namespace longmen {
namespace {

constexpr std::string_view kSchedulePaths = R"json(
    "/api/v1/series": {
      "get": {
        "operationId": "listSeries",
        "summary": "Series, by title",
        "parameters": [
          {"$ref": "#/components/parameters/Cursor"},
          {
            "name": "limit",
            "in": "query",
            "description": "Of a page",
            "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
          }
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "A page",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["series", "next"],
                  "properties": {
                    "series": {"type": "array", "items": {"$ref": "#/components/schemas/Series"}},
                    "next": {"type": ["string", "null"], "description": "cursor, for the next page"}
                  }
                }
              }
            }
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "post": {
        "operationId": "createSeries",
        "summary": "A new series; producers",
        "parameters": [
          {"$ref": "#/components/parameters/IdempotencyKey"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SeriesWish"}}}
        },
        "responses": {
          "200": {
            "description": "Made",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Series"}}}
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
    "/api/v1/series/{id}": {
      "get": {
        "operationId": "getSeries",
        "summary": "One series",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "The series",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Series"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"}
        }
      },
      "patch": {
        "operationId": "changeSeries",
        "summary": "Another title or description; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SeriesWish"}}}
        },
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Series"}}}
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
      },
      "delete": {
        "operationId": "removeSeries",
        "summary": "Remove a series without sessions; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it was",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Series"}}}
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
    "/api/v1/themes": {
      "get": {
        "operationId": "listThemes",
        "summary": "The six core themes, then the special ones",
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "All",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["themes"],
                  "properties": {"themes": {"type": "array", "items": {"$ref": "#/components/schemas/Theme"}}}
                }
              }
            }
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "post": {
        "operationId": "createTheme",
        "summary": "A special theme; producers",
        "parameters": [
          {"$ref": "#/components/parameters/IdempotencyKey"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": ["title"],
                "properties": {"title": {"type": "string"}}
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Made",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Theme"}}}
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
    "/api/v1/themes/{id}": {
      "patch": {
        "operationId": "changeTheme",
        "summary": "Another title; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": ["title"],
                "properties": {"title": {"type": "string"}}
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Theme"}}}
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
      },
      "delete": {
        "operationId": "removeTheme",
        "summary": "Remove a special theme that no session has; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it was",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Theme"}}}
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
    "/api/v1/sessions": {
      "get": {
        "operationId": "listSessions",
        "summary": "Sessions, by planned start",
        "parameters": [
          {"name": "channel", "in": "query", "description": "", "schema": {"type": "string"}},
          {"name": "series", "in": "query", "description": "", "schema": {"type": "string"}},
          {"name": "theme", "in": "query", "description": "", "schema": {"type": "string"}},
          {
            "name": "state",
            "in": "query",
            "schema": {"$ref": "#/components/schemas/SessionState"}
          },
          {
            "name": "from_ms",
            "in": "query",
            "description": "That end after it",
            "schema": {"type": "integer"}
          },
          {
            "name": "to_ms",
            "in": "query",
            "description": "That begin before it",
            "schema": {"type": "integer"}
          },
          {"$ref": "#/components/parameters/Cursor"},
          {
            "name": "limit",
            "in": "query",
            "description": "Of a page",
            "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
          }
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "A page",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["sessions", "next", "time_zone", "now_ms"],
                  "properties": {
                    "sessions": {"type": "array", "items": {"$ref": "#/components/schemas/Session"}},
                    "next": {"type": ["string", "null"], "description": "cursor, for the next page"},
                    "time_zone": {"type": "string", "description": "Of the wall clock"},
                    "now_ms": {"type": "integer"}
                  }
                }
              }
            }
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"}
        }
      },
      "post": {
        "operationId": "scheduleSession",
        "summary": "Schedule a session, or a repeat of it at the same time of the wall clock; producers",
        "parameters": [
          {"$ref": "#/components/parameters/IdempotencyKey"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "allOf": [{"$ref": "#/components/schemas/SessionWish"}],
                "required": ["channel", "series", "title", "start_ms", "end_ms"],
                "properties": {"repeat": {"$ref": "#/components/schemas/Repeat"}}
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Scheduled, each a session of its own",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["sessions", "time_zone"],
                  "properties": {
                    "sessions": {"type": "array", "items": {"$ref": "#/components/schemas/Session"}},
                    "time_zone": {"type": "string"}
                  }
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
    "/api/v1/sessions/{id}": {
      "get": {
        "operationId": "getSession",
        "summary": "One session",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "The session",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Session"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"}
        }
      },
      "patch": {
        "operationId": "changeSession",
        "summary": "Change what is named; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SessionWish"}}}
        },
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Session"}}}
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
      },
      "delete": {
        "operationId": "removeSession",
        "summary": "Remove one that never was live; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"},
          {
            "name": "following",
            "in": "query",
            "description": "Also the later ones of its repeat",
            "schema": {"type": "boolean"}
          }
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "How many went",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["removed"],
                  "properties": {"removed": {"type": "integer"}}
                }
              }
            }
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
    "/api/v1/sessions/{id}/start": {
      "post": {
        "operationId": "startSession",
        "summary": "Go live by hand; operators",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"},
          {"$ref": "#/components/parameters/IdempotencyKey"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Session"}}}
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "412": {"$ref": "#/components/responses/Problem"},
          "428": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "429": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/sessions/{id}/end": {
      "post": {
        "operationId": "endSession",
        "summary": "End the session on air; operators",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"},
          {"$ref": "#/components/parameters/IdempotencyKey"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Session"}}}
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "412": {"$ref": "#/components/responses/Problem"},
          "428": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "429": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/sessions/{id}/reopen": {
      "post": {
        "operationId": "reopenSession",
        "summary": "Back on air, as if it had not ended; within the time that the configuration gives; operators",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"},
          {"$ref": "#/components/parameters/IdempotencyKey"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Session"}}}
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "412": {"$ref": "#/components/responses/Problem"},
          "428": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "429": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/sessions/{id}/cancel": {
      "post": {
        "operationId": "cancelSession",
        "summary": "Cancel one that is scheduled; the guide says so; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"},
          {"$ref": "#/components/parameters/IdempotencyKey"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Session"}}}
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "412": {"$ref": "#/components/responses/Problem"},
          "428": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "429": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/sessions/{id}/restore": {
      "post": {
        "operationId": "restoreSession",
        "summary": "Take a cancelled one up again; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"},
          {"$ref": "#/components/parameters/IdempotencyKey"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Session"}}}
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "412": {"$ref": "#/components/responses/Problem"},
          "428": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "429": {"$ref": "#/components/responses/Problem"}
        }
      }
    })json";

constexpr std::string_view kScheduleSchemas = R"json(
      "Series": {
        "type": "object",
        "required": ["id", "title", "description", "keep_days", "version", "changed_ms", "changed_by"],
        "properties": {
          "id": {"type": "string"},
          "title": {"type": "string"},
          "description": {"type": "string"},
          "keep_days": {"type": "integer", "description": "For how long its recordings are kept; 0: as the node's configuration says, -1: for ever"},
          "version": {"type": "integer"},
          "changed_ms": {"type": "integer", "description": "Milliseconds since 1970"},
          "changed_by": {"type": "string"}
        }
      },
      "SeriesWish": {
        "type": "object",
        "properties": {
          "title": {"type": "string"},
          "description": {"type": "string"},
          "keep_days": {"type": "integer", "minimum": -1, "maximum": 36500}
        }
      },
      "Theme": {
        "type": "object",
        "required": ["id", "title", "core", "version", "changed_ms", "changed_by"],
        "properties": {
          "id": {"type": "string"},
          "title": {"type": "string"},
          "core": {"type": "boolean", "description": "One of the six"},
          "version": {"type": "integer"},
          "changed_ms": {"type": "integer", "description": "Milliseconds since 1970"},
          "changed_by": {"type": "string"}
        }
      },
      "SessionState": {"type": "string", "enum": ["scheduled", "live", "ended", "cancelled", "missed"]},
      "Session": {
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
          "slates",
          "state",
          "start_ms",
          "end_ms",
          "live_ms",
          "ended_ms",
          "reopen_until_ms",
          "auto_start",
          "auto_end",
          "repeat",
          "version",
          "changed_ms",
          "changed_by"
        ],
        "properties": {
          "id": {"type": "string"},
          "channel": {"type": "string"},
          "series": {"type": "string"},
          "title": {"type": "string"},
          "description": {"type": "string"},
          "speakers": {"type": "array", "items": {"type": "string"}},
          "theme": {"type": ["string", "null"]},
          "language": {"type": "string", "description": "A language tag, or empty"},
          "place": {"type": "string"},
          "slates": {"$ref": "#/components/schemas/ChosenSlates"},
          "state": {"$ref": "#/components/schemas/SessionState"},
          "start_ms": {"type": "integer", "description": "As planned"},
          "end_ms": {"type": "integer", "description": "As planned"},
          "live_ms": {"type": ["integer", "null"], "description": "When it went live"},
          "ended_ms": {"type": ["integer", "null"]},
          "reopen_until_ms": {"type": ["integer", "null"]},
          "auto_start": {"type": "boolean", "description": "By the clock"},
          "auto_end": {"type": "boolean", "description": "By the clock"},
          "repeat": {
            "type": ["string", "null"],
            "description": "The same for all that were scheduled together"
          },
          "version": {"type": "integer"},
          "changed_ms": {"type": "integer", "description": "Milliseconds since 1970"},
          "changed_by": {"type": "string"}
        }
      },
      "SessionWish": {
        "type": "object",
        "properties": {
          "channel": {"type": "string"},
          "series": {"type": "string"},
          "title": {"type": "string"},
          "description": {"type": "string"},
          "speakers": {"type": "array", "items": {"type": "string"}},
          "theme": {"type": ["string", "null"]},
          "language": {"type": "string"},
          "place": {"type": "string"},
          "slates": {"$ref": "#/components/schemas/ChosenSlates"},
          "start_ms": {"type": "integer"},
          "end_ms": {"type": "integer"},
          "auto_start": {"type": "boolean"},
          "auto_end": {"type": "boolean"}
        }
      },
      "Repeat": {
        "type": "object",
        "description": "Either every_days or weekdays, and either until or count",
        "properties": {
          "every_days": {"type": "integer", "minimum": 1, "maximum": 366},
          "weekdays": {
            "type": "array",
            "items": {
              "type": "string",
              "enum": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
            }
          },
          "until": {"type": "string", "format": "date", "description": "That day included"},
          "count": {"type": "integer", "minimum": 1, "maximum": 366}
        }
      })json";

}  // namespace

std::string_view openapi_schedule_paths() {
  return kSchedulePaths;
}

std::string_view openapi_schedule_schemas() {
  return kScheduleSchemas;
}

}  // namespace longmen
