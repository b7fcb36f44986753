#include "control/openapi_air.h"

namespace longmen {
namespace {

constexpr std::string_view kAirPaths = R"json(
    "/api/v1/channels/{id}/air": {
      "get": {
        "operationId": "getAir",
        "summary": "What is ordered for a channel's air, and what is in force of it",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "The order",
            "headers": {
              "ETag": {"$ref": "#/components/headers/ETag"}
            },
            "content": {
              "application/json": {"schema": {"$ref": "#/components/schemas/Air"}}
            }
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "patch": {
        "operationId": "orderAir",
        "summary": "Another order; operators. What is absent stays as it is. Relay and gateway obey within a fraction of a second (with a delay the slate follows when this instant of the programme is on air), and keep obeying while control is away",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"},
          {"$ref": "#/components/parameters/IdempotencyKey"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/AirWish"}}
          }
        },
        "responses": {
          "200": {
            "description": "The order; of one that changes nothing, the same version",
            "headers": {
              "ETag": {"$ref": "#/components/headers/ETag"}
            },
            "content": {
              "application/json": {"schema": {"$ref": "#/components/schemas/Air"}}
            }
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
          "429": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/channels/{id}/air/cut": {
      "post": {
        "operationId": "cutAir",
        "summary": "Emergency cut; operators. The slate is on every WebRTC screen within a second, HLS takes back what it had published. No If-Match: whoever cuts wants that, whatever another has just done. Where the node's configuration wants a second person, the first request asks, and cut_asked says so; one of another account, before until_ms, cuts",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IdempotencyKey"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": false,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "properties": {
                  "slate": {
                    "type": "string",
                    "description": "Which slate: the id of one of the channel's. Without, and as \"standby\", the one that session or channel have for cuts. Of a channel that is cut already, another one takes its place"
                  }
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "It is cut, by this or by an earlier request; or, without cut, a second person is waited for",
            "headers": {
              "ETag": {"$ref": "#/components/headers/ETag"}
            },
            "content": {
              "application/json": {"schema": {"$ref": "#/components/schemas/Air"}}
            }
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
        "operationId": "undoCut",
        "summary": "The end of an emergency cut, or of the wish for one; operators. What was ordered before is in force again; nothing that came in meanwhile is shown. Of a programme that is held before it airs (its delay), what is made from now on is on air after the delay",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "The order",
            "headers": {
              "ETag": {"$ref": "#/components/headers/ETag"}
            },
            "content": {
              "application/json": {"schema": {"$ref": "#/components/schemas/Air"}}
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
    "/api/v1/sessions/{id}/chapters": {
      "get": {
        "operationId": "listChapters",
        "summary": "A session's chapters, by their instants",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "All of them; 500 at most",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["chapters"],
                  "properties": {
                    "chapters": {"type": "array", "items": {"$ref": "#/components/schemas/Chapter"}}
                  }
                }
              }
            }
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "post": {
        "operationId": "markChapter",
        "summary": "A new chapter, at this moment or at an instant at which the session was live; operators",
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
                "required": ["title"],
                "properties": {
                  "title": {"type": "string", "minLength": 1},
                  "at_ms": {"type": "integer"}
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The chapter",
            "headers": {
              "ETag": {"$ref": "#/components/headers/ETag"}
            },
            "content": {
              "application/json": {"schema": {"$ref": "#/components/schemas/Chapter"}}
            }
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
    "/api/v1/chapters/{id}": {
      "patch": {
        "operationId": "changeChapter",
        "summary": "Another title or instant; operators",
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
                "properties": {
                  "title": {"type": "string", "minLength": 1},
                  "at_ms": {"type": "integer"}
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The chapter",
            "headers": {
              "ETag": {"$ref": "#/components/headers/ETag"}
            },
            "content": {
              "application/json": {"schema": {"$ref": "#/components/schemas/Chapter"}}
            }
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
        "operationId": "removeChapter",
        "summary": "Remove a chapter; operators",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "What was removed",
            "content": {
              "application/json": {"schema": {"$ref": "#/components/schemas/Chapter"}}
            }
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
    "/api/v1/studio/events": {
      "get": {
        "operationId": "studioEvents",
        "summary": "What happens on the channels, as server-sent events: each tells all there is, one at least every second. An open stream of a channel is its account's presence there. At most 16 an account, 128 in all",
        "parameters": [
          {
            "name": "channel",
            "in": "query",
            "required": false,
            "description": "A channel of which everything is told; without, the wall of all of them",
            "schema": {"type": "string"}
          }
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "Until the client leaves, the sign-in ends, or control stops",
            "content": {
              "text/event-stream": {"schema": {"type": "string", "description": "data: a StudioNews object"}}
            }
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/studio/channels/{id}/history": {
      "get": {
        "operationId": "studioHistory",
        "summary": "The last ten minutes of a channel's feed and viewers, a sample a second; null where nothing was known",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "Since control's start at most",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["at_ms", "kbps", "fps", "viewers", "round_trip_ms", "lost_percent", "inputs"],
                  "properties": {
                    "at_ms": {"type": "array", "items": {"type": "integer"}},
                    "kbps": {"type": "array", "items": {"type": ["integer", "null"]}},
                    "fps": {"type": "array", "items": {"type": ["number", "null"]}},
                    "viewers": {"type": "array", "items": {"type": ["integer", "null"]}},
                    "round_trip_ms": {"type": "array", "items": {"type": ["integer", "null"]}},
                    "lost_percent": {"type": "array", "items": {"type": ["number", "null"]}},
                    "inputs": {
                      "type": "object",
                      "description": "Each input's; the lists above are the primary's",
                      "required": ["primary", "backup"],
                      "properties": {
                        "primary": {"$ref": "#/components/schemas/InputHistory"},
                        "backup": {"$ref": "#/components/schemas/InputHistory"}
                      }
                    }
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
    "/api/v1/studio/channels/{id}/sound": {
      "get": {
        "operationId": "studioSound",
        "summary": "How loud a channel and its inputs are, as of the last second",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "null: the channel has no streamer",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["sound"],
                  "properties": {
                    "sound": {"oneOf": [{"$ref": "#/components/schemas/Sound"}, {"type": "null"}]}
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
    "/api/v1/channels/{id}/tally-link": {
      "post": {
        "operationId": "makeTallyLink",
        "summary": "A link by which a camera's telephone sees the channel's tally for 30 days without an account; operators",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "The link",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["link", "expires_ms"],
                  "properties": {
                    "link": {"type": "string", "description": "A path of this node"},
                    "expires_ms": {"type": "integer"}
                  }
                }
              }
            }
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/tally": {
      "get": {
        "operationId": "tally",
        "summary": "A channel's tally light, as server-sent events, one at least every second: with a sign-in, or with a link's token",
        "parameters": [
          {
            "name": "channel",
            "in": "query",
            "required": true,
            "description": "The channel",
            "schema": {"type": "string"}
          },
          {
            "name": "token",
            "in": "query",
            "required": false,
            "description": "Of a tally link; without, a sign-in is needed",
            "schema": {"type": "string"}
          }
        ],
        "security": [{"sign_in": []}, {"token": []}, {}],
        "responses": {
          "200": {
            "description": "Until the client leaves or the token expires",
            "content": {
              "text/event-stream": {"schema": {"type": "string", "description": "data: a Tally object"}}
            }
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/channels/{id}/preview-token": {
      "post": {
        "operationId": "makePreviewToken",
        "summary": "What lets a player see by WHEP what is the studio's alone: an input of the channel as it comes in, for operators; or the programme as it would be without an order, for whoever has an account",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "properties": {
                  "of": {
                    "type": "string",
                    "enum": ["primary", "backup", "programme"],
                    "default": "programme"
                  }
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The token",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["channel", "token", "expires_ms"],
                  "properties": {
                    "channel": {"type": "string", "description": "The hidden channel's name, for /whep/CHANNEL"},
                    "token": {"type": "string", "description": "As ?token= or Authorization: Bearer"},
                    "expires_ms": {"type": "integer"}
                  }
                }
              }
            }
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    })json";

constexpr std::string_view kAirSchemas = R"json(
      "InputHistory": {
        "type": "object",
        "description": "A value for each of at_ms; null where nothing was known",
        "required": ["kbps", "fps", "round_trip_ms", "lost_percent", "keyframe_age_ms", "errors", "peak_dbfs"],
        "properties": {
          "kbps": {"type": "array", "items": {"type": ["integer", "null"]}},
          "fps": {"type": "array", "items": {"type": ["number", "null"]}},
          "round_trip_ms": {"type": "array", "items": {"type": ["integer", "null"]}},
          "lost_percent": {"type": "array", "items": {"type": ["number", "null"]}},
          "keyframe_age_ms": {"type": "array", "items": {"type": ["integer", "null"]}},
          "errors": {
            "type": "array",
            "items": {"type": ["integer", "null"]},
            "description": "In that second: of its stream, of its path, and what could not be decoded"
          },
          "peak_dbfs": {"type": "array", "items": {"type": ["number", "null"]}}
        }
      },
      "Sound": {
        "type": "object",
        "description": "By ITU-R BS.1770 and EBU R 128; LUFS and LKFS are one unit. null: silence, or nothing yet",
        "required": ["momentary_lufs", "short_term_lufs", "integrated_lufs", "range_lu", "true_peak_dbtp", "since_ms", "session", "target_lufs", "limited_by_db", "inputs"],
        "properties": {
          "momentary_lufs": {"type": ["number", "null"], "description": "Of what goes on air, 400 ms"},
          "short_term_lufs": {"type": ["number", "null"], "description": "Likewise, 3 s"},
          "integrated_lufs": {"type": ["number", "null"], "description": "Likewise, since since_ms; gated"},
          "range_lu": {"type": ["number", "null"], "description": "Loudness range since since_ms"},
          "true_peak_dbtp": {"type": ["number", "null"], "description": "The highest since since_ms"},
          "since_ms": {"type": "integer", "description": "When the session went live, or the streamer began. Milliseconds since 1970"},
          "session": {"type": "string", "description": "The session that is measured, live or ended; empty: none was live since the streamer began"},
          "target_lufs": {"type": ["number", "null"], "description": "null: it is not levelled"},
          "language": {"$ref": "#/components/schemas/SoundLanguage"},
          "second": {"$ref": "#/components/schemas/Sound"},
          "limited_by_db": {"type": "number", "description": "By how much the limiter took sound down in the last second, at most"},
          "inputs": {
            "type": "array",
            "items": {
              "type": "object",
              "required": ["input", "mapping", "momentary_lufs", "short_term_lufs", "gain_db"],
              "properties": {
                "input": {"type": "string", "enum": ["primary", "backup"]},
                "mapping": {"$ref": "#/components/schemas/SoundMapping"},
                "momentary_lufs": {"type": ["number", "null"], "description": "As it comes, mapped and not levelled"},
                "short_term_lufs": {"type": ["number", "null"]},
                "gain_db": {"type": "number", "description": "By which levelling makes it louder, on air or not"}
              }
            }
          }
        }
      },
      "Air": {
        "type": "object",
        "required": [
          "channel",
          "order",
          "slate",
          "cut",
          "cut_slate",
          "rehearsal",
          "on_air",
          "in_force",
          "reason",
          "cut_asked",
          "version",
          "changed_ms",
          "changed_by"
        ],
        "properties": {
          "channel": {"type": "string"},
          "order": {
            "type": "string",
            "enum": ["auto", "slate", "primary", "backup"],
            "description": "auto: the better one of the channel's feeds when there is one, else the slate. primary, backup: that one, whatever it is like, and without a session where on_air asks for one"
          },
          "slate": {
            "type": ["string", "null"],
            "description": "Which one the order \"slate\" shows; null: the one that session or channel have for a break"
          },
          "cut": {"type": "boolean", "description": "An emergency cut is on top of the order"},
          "cut_slate": {
            "type": "string",
            "description": "Which one it shows; \"standby\": the one that session or channel have for cuts"
          },
          "rehearsal": {
            "type": "boolean",
            "description": "The studio and test screens see the feed, the public its slate"
          },
          "on_air": {
            "type": "string",
            "enum": ["feed", "session"],
            "description": "What it takes for the feed to be public: that it comes, or that a session is live"
          },
          "in_force": {
            "type": "string",
            "enum": ["feed", "slate", "cut"]
          },
          "reason": {
            "type": "string",
            "enum": ["cut", "rehearsal", "ordered_slate", "ordered_primary", "ordered_backup", "no_session", "auto"]
          },
          "cut_asked": {
            "type": ["object", "null"],
            "description": "Where two persons cut (console.second_person_seconds): who asked last, and until when somebody else may confirm. It may have passed",
            "required": ["by", "by_id", "until_ms"],
            "properties": {
              "by": {"type": "string"},
              "by_id": {"type": "string", "description": "The account"},
              "until_ms": {"type": "integer"}
            }
          },
          "version": {"type": "integer"},
          "changed_ms": {"type": "integer"},
          "changed_by": {"type": "string"}
        }
      },
      "AirWish": {
        "type": "object",
        "properties": {
          "order": {
            "type": "string",
            "enum": ["auto", "slate", "primary", "backup"]
          },
          "slate": {
            "type": ["string", "null"],
            "description": "With the order \"slate\": the id of one of the channel's; without or null, the one for a break"
          },
          "rehearsal": {
            "type": "boolean",
            "description": "Ends by itself when a session goes live; not while one is"
          },
          "on_air": {
            "type": "string",
            "enum": ["feed", "session"]
          }
        }
      },
      "Chapter": {
        "type": "object",
        "required": ["id", "session", "at_ms", "title", "version", "changed_ms", "changed_by"],
        "properties": {
          "id": {"type": "string"},
          "session": {"type": "string"},
          "at_ms": {"type": "integer", "description": "On the media clock, milliseconds since 1970"},
          "title": {"type": "string"},
          "version": {"type": "integer"},
          "changed_ms": {"type": "integer"},
          "changed_by": {"type": "string"}
        }
      },
      "Tally": {
        "type": "object",
        "required": ["channel", "name", "state", "now_ms"],
        "properties": {
          "channel": {"type": "string"},
          "name": {"type": "string"},
          "state": {
            "type": "string",
            "enum": ["on_air", "preview", "off"],
            "description": "on_air: the public sees the feed. preview: it comes in and is not public. off: none comes"
          },
          "now_ms": {"type": "integer"}
        }
      },
      "StudioNews": {
        "type": "object",
        "required": ["now_ms", "node", "channels"],
        "properties": {
          "now_ms": {"type": "integer"},
          "node": {
            "type": "object",
            "properties": {
              "name": {"type": "string"},
              "heard_ms": {
                "type": ["integer", "null"]
              },
              "not_ready": {"type": "array", "items": {"type": "object"}}
            }
          },
          "channels": {
            "type": "array",
            "items": {
              "type": "object",
              "required": [
                "id",
                "name",
                "source",
                "tally",
                "air",
                "delay",
                "feed",
                "backup",
                "inputs",
                "viewers",
                "renditions",
                "session",
                "people",
                "trouble"
              ],
              "properties": {
                "id": {"type": "string"},
                "name": {"type": "string"},
                "source": {
                  "type": "string",
                  "enum": ["live", "slate", "none"]
                },
                "source_since_ms": {
                  "type": ["integer", "null"]
                },
                "tally": {
                  "type": "string",
                  "enum": ["on_air", "preview", "off"]
                },
                "air": {"type": "object", "description": "As Air, with \"obeyed\": what the relay does by now"},
                "feed": {
                  "type": ["object", "null"],
                  "description": "How it comes in. lost_percent, retransmitted_percent and too_late_percent are of the packets of the last ten seconds (SRT); null where the way in does not count them"
                },
                "backup": {"type": ["object", "null"], "description": "The backup feed, as feed"},
                "delay": {
                  "type": "object",
                  "description": "For how long the programme is held before it airs, and the version to change it by"
                },
                "inputs": {
                  "type": ["object", "null"],
                  "description": "What the streamer shows: shown (primary, backup, slate), why (a condition's name of what was left, order, return, recovered) and since when; of each input its conditions, worst first, and the peak of its sound; backup_later_ms, and backup_later_by what both have in common: time (one encoder's, or a common timecode) or sound; air_delay_ms and held_bytes of what is made and not on air yet; sound, as Sound. null: there is no streamer"
                },
                "viewers": {
                  "type": "object",
                  "properties": {
                    "webrtc": {
                      "type": ["integer", "null"]
                    },
                    "hls": {
                      "type": ["integer", "null"]
                    }
                  }
                },
                "session": {
                  "type": ["object", "null"]
                },
                "people": {"type": "array", "items": {"type": "object"}},
                "trouble": {
                  "type": "array",
                  "items": {
                    "type": "string",
                    "enum": [
                      "cut",
                      "cut_asked",
                      "no_feed",
                      "live_not_on_air",
                      "no_picture",
                      "feed_stalled",
                      "old_keyframe",
                      "feed_loss",
                      "on_backup",
                      "loss",
                      "process"
                    ]
                  }
                }
              }
            }
          },
          "channel": {
            "type": "object",
            "description": "Of the channel that was asked for: live, next and reopenable sessions, chapters, who watches, the last events; those of kind switch have from, to, why, stood_slots (in which the picture stood still) and jump_slots (lost when positive, repeated when negative; null without anything in common) with jump_by (time, or sound: within some 20 ms)"
          }
        }
      })json";

}  // namespace

std::string_view openapi_air_paths() {
  return kAirPaths;
}

std::string_view openapi_air_schemas() {
  return kAirSchemas;
}

}  // namespace longmen
