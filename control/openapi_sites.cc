#include "control/openapi_sites.h"

namespace longmen {
namespace {

constexpr std::string_view kSitesPaths = R"json(
    "/api/v1/sites": {
      "get": {
        "operationId": "listSites",
        "summary": "Sites by name, with what their screens report",
        "parameters": [
          {
            "name": "q",
            "in": "query",
            "description": "Within name, code or address, in whatever script; Latin letters of either case",
            "schema": {"type": "string"}
          },
          {
            "name": "tier",
            "in": "query",
            "description": "Of one tier",
            "schema": {"type": "string", "enum": ["city", "centre", "township", "site"]}
          },
          {
            "name": "parent",
            "in": "query",
            "description": "Below that site",
            "schema": {"type": "string"}
          },
          {
            "name": "state",
            "in": "query",
            "description": "With a screen in that state; trouble: enrolled, and not fine; fine: none is in trouble",
            "schema": {
              "type": "string",
              "enum": ["trouble", "silent", "no_picture", "no_sound", "fine", "unenrolled"]
            }
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
                  "required": ["sites", "next"],
                  "properties": {
                    "sites": {"type": "array", "items": {"$ref": "#/components/schemas/ListedSite"}},
                    "next": {"type": ["string", "null"], "description": "cursor, for the next page"}
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
      },
      "post": {
        "operationId": "createSite",
        "summary": "A new site; producers",
        "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SiteWish"}}}
        },
        "responses": {
          "200": {
            "description": "Made",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Site"}}}
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
    "/api/v1/sites.csv": {
      "get": {
        "operationId": "exportSites",
        "summary": "All sites and screens as a table that the import takes",
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "The table; UTF-8 with a byte order mark",
            "content": {"text/csv": {"schema": {"type": "string"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/sites/import": {
      "post": {
        "operationId": "importSites",
        "summary": "A table of sites and screens; producers",
        "description": "The first row names the columns: site, and as many as are wanted of code, tier, parent, address, notes, screen, channel, test, volume, volume_fixed. A line is a site, with one of its screens or without; what is empty stays as it is. Everything is checked before anything is written.",
        "parameters": [
          {
            "name": "dry_run",
            "in": "query",
            "description": "Only say what is wrong",
            "schema": {"type": "boolean", "default": false}
          },
          {
            "name": "take",
            "in": "query",
            "description": "All or nothing, or what is right",
            "schema": {"type": "string", "enum": ["all", "right"], "default": "all"}
          }
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {"required": true, "content": {"text/csv": {"schema": {"type": "string"}}}},
        "responses": {
          "200": {
            "description": "What was made, and what is wrong in which line",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SiteImportReport"}}}
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
    "/api/v1/sites/{id}": {
      "get": {
        "operationId": "getSite",
        "summary": "One site",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "The site",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ListedSite"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "patch": {
        "operationId": "changeSite",
        "summary": "Change a site; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/SiteWish"}}}
        },
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Site"}}}
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
        "operationId": "removeSite",
        "summary": "Remove a site without screens and children; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it was",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Site"}}}
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
    "/api/v1/presence": {
      "get": {
        "operationId": "getPresence",
        "summary": "How many screens have picture and sound, in the whole network",
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "The counts",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Presence"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/screens": {
      "get": {
        "operationId": "listScreens",
        "summary": "Screens by name, with what each reports",
        "parameters": [
          {
            "name": "site",
            "in": "query",
            "description": "Of that site",
            "schema": {"type": "string"}
          },
          {
            "name": "q",
            "in": "query",
            "description": "Within its name, or its site's name, code or address",
            "schema": {"type": "string"}
          },
          {
            "name": "state",
            "in": "query",
            "description": "In that state; trouble: enrolled, and not fine",
            "schema": {
              "type": "string",
              "enum": ["trouble", "silent", "no_picture", "no_sound", "fine", "unenrolled"]
            }
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
                  "required": ["screens", "next"],
                  "properties": {
                    "screens": {"type": "array", "items": {"$ref": "#/components/schemas/ListedScreen"}},
                    "next": {"type": ["string", "null"], "description": "cursor, for the next page"}
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
      },
      "post": {
        "operationId": "createScreen",
        "summary": "A new screen, not yet enrolled; producers",
        "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ScreenWish"}}}
        },
        "responses": {
          "200": {
            "description": "Made",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Screen"}}}
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
    "/api/v1/screens/enrol": {
      "post": {
        "operationId": "enrolScreen",
        "summary": "Say which screen it is that shows a code; producers",
        "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/EnrolWish"}}}
        },
        "responses": {
          "200": {
            "description": "The screen that it is now",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Screen"}}}
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
    "/api/v1/screens/{id}": {
      "get": {
        "operationId": "getScreen",
        "summary": "One screen",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "The screen",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ListedScreen"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "patch": {
        "operationId": "changeScreen",
        "summary": "Change a screen; it follows within half a minute; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ScreenWish"}}}
        },
        "responses": {
          "200": {
            "description": "As it is now",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Screen"}}}
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
        "operationId": "removeScreen",
        "summary": "Remove a screen, and its enrolment with it; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"$ref": "#/components/parameters/IfMatch"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it was",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Screen"}}}
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
    "/api/v1/screens/{id}/revoke": {
      "post": {
        "operationId": "revokeScreen",
        "summary": "End a screen's enrolment: the device shows a code again; producers",
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "The screen, which waits for another device",
            "headers": {"ETag": {"$ref": "#/components/headers/ETag"}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Screen"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/screen": {
      "get": {
        "operationId": "getOwnScreen",
        "summary": "For a screen: its settings, or the code that it is to show",
        "security": [{"screen": []}],
        "responses": {
          "200": {
            "description": "Enrolled, or waiting",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OwnScreen"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/screen/code": {
      "post": {
        "operationId": "askForCode",
        "summary": "For a device that is no screen yet: a code, and as a cookie the secret that enrolment makes its credential",
        "responses": {
          "200": {
            "description": "The code to be shown",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/OwnScreen"}}}
          },
          "403": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "429": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/screen/report": {
      "post": {
        "operationId": "reportScreen",
        "summary": "For a screen, every half minute: whether it has picture and sound",
        "security": [{"screen": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ScreenReport"}}}
        },
        "responses": {
          "200": {
            "description": "Heard",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["version"],
                  "properties": {
                    "version": {
                      "type": "string",
                      "description": "Of the settings; another one than the screen has means that it asks for them"
                    }
                  }
                }
              }
            }
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    })json";

constexpr std::string_view kSitesSchemas = R"json(
      "Site": {
        "type": "object",
        "required": [
          "id",
          "code",
          "name",
          "tier",
          "parent",
          "address",
          "notes",
          "version",
          "changed_ms",
          "changed_by"
        ],
        "properties": {
          "id": {"type": "string"},
          "code": {"type": "string", "description": "Of the network's own register; may be empty"},
          "name": {"type": "string"},
          "tier": {"type": "string", "enum": ["city", "centre", "township", "site"]},
          "parent": {"type": ["string", "null"], "description": "Of a tier above"},
          "address": {"type": "string"},
          "notes": {"type": "string"},
          "version": {"type": "integer"},
          "changed_ms": {"type": "integer"},
          "changed_by": {"type": "string"}
        }
      },
      "SiteWish": {
        "type": "object",
        "properties": {
          "code": {"type": "string", "maxLength": 64},
          "name": {"type": "string"},
          "tier": {"type": "string", "enum": ["city", "centre", "township", "site"]},
          "parent": {"type": ["string", "null"]},
          "address": {"type": "string"},
          "notes": {"type": "string"}
        }
      },
      "ListedSite": {
        "type": "object",
        "required": [
          "id",
          "code",
          "name",
          "tier",
          "parent",
          "address",
          "notes",
          "version",
          "changed_ms",
          "changed_by",
          "parent_name",
          "screens",
          "children",
          "presence"
        ],
        "properties": {
          "id": {"type": "string"},
          "code": {"type": "string", "description": "Of the network's own register; may be empty"},
          "name": {"type": "string"},
          "tier": {"type": "string", "enum": ["city", "centre", "township", "site"]},
          "parent": {"type": ["string", "null"], "description": "Of a tier above"},
          "address": {"type": "string"},
          "notes": {"type": "string"},
          "version": {"type": "integer"},
          "changed_ms": {"type": "integer"},
          "changed_by": {"type": "string"},
          "parent_name": {"type": ["string", "null"]},
          "screens": {"type": "integer"},
          "children": {"type": "integer"},
          "presence": {"$ref": "#/components/schemas/SitePresence"}
        }
      },
      "SitePresence": {
        "type": "object",
        "required": ["enrolled", "reporting", "picture", "sound", "frozen", "silent", "trouble"],
        "properties": {
          "enrolled": {"type": "integer"},
          "reporting": {"type": "integer", "description": "Heard of within 95 s"},
          "picture": {"type": "integer"},
          "sound": {"type": "integer"},
          "frozen": {"type": "integer"},
          "silent": {"type": "integer"},
          "trouble": {"type": "integer"}
        },
        "description": "Of its own enrolled screens"
      },
      "Presence": {
        "type": "object",
        "required": [
          "enrolled",
          "reporting",
          "picture",
          "sound",
          "frozen",
          "silent",
          "trouble",
          "sites",
          "sites_in_trouble",
          "screens"
        ],
        "properties": {
          "enrolled": {"type": "integer"},
          "reporting": {"type": "integer", "description": "Heard of within 95 s"},
          "picture": {"type": "integer"},
          "sound": {"type": "integer"},
          "frozen": {"type": "integer"},
          "silent": {"type": "integer"},
          "trouble": {"type": "integer"},
          "sites": {"type": "integer"},
          "sites_in_trouble": {"type": "integer"},
          "screens": {"type": "integer"}
        }
      },
      "SiteImportReport": {
        "type": "object",
        "required": [
          "done",
          "sites_made",
          "sites_changed",
          "screens_made",
          "screens_changed",
          "unchanged",
          "mistakes",
          "mistakes_in_all"
        ],
        "properties": {
          "done": {
            "type": "boolean",
            "description": "Something was written, as far as there was something"
          },
          "sites_made": {"type": "integer"},
          "sites_changed": {"type": "integer"},
          "screens_made": {"type": "integer"},
          "screens_changed": {"type": "integer"},
          "unchanged": {"type": "integer"},
          "mistakes": {
            "type": "array",
            "maxItems": 1000,
            "items": {
              "type": "object",
              "required": ["line", "words"],
              "properties": {
                "line": {"type": ["integer", "null"], "description": "null: of the file as a whole"},
                "words": {"type": "string"}
              }
            }
          },
          "mistakes_in_all": {"type": "integer"}
        }
      },
      "Screen": {
        "type": "object",
        "required": [
          "id",
          "site",
          "name",
          "channel",
          "test",
          "volume_rule",
          "volume_percent",
          "audio",
          "version",
          "changed_ms",
          "changed_by"
        ],
        "properties": {
          "id": {"type": "string"},
          "site": {"type": "string"},
          "name": {"type": "string"},
          "channel": {"type": "string"},
          "test": {"type": "boolean", "description": "Shows rehearsals"},
          "volume_rule": {
            "type": "string",
            "enum": ["own", "start", "fixed"],
            "description": "Where its keys left it; from volume_percent on; at volume_percent, whatever keys say"
          },
          "volume_percent": {"type": "integer", "minimum": 0, "maximum": 100},
          "audio": {"type": "string", "maxLength": 35, "description": "The language that it wants, a tag of BCP 47; empty: the channel's first"},
          "version": {"type": "integer"},
          "changed_ms": {"type": "integer"},
          "changed_by": {"type": "string"}
        }
      },
      "ScreenWish": {
        "type": "object",
        "properties": {
          "site": {"type": "string"},
          "name": {"type": "string"},
          "channel": {"type": "string", "description": "Without: the first"},
          "test": {"type": "boolean"},
          "volume_rule": {
            "type": "string",
            "enum": ["own", "start", "fixed"],
            "description": "Where its keys left it; from volume_percent on; at volume_percent, whatever keys say"
          },
          "volume_percent": {"type": "integer", "minimum": 0, "maximum": 100},
          "audio": {"type": "string", "maxLength": 35, "description": "The language that it wants, a tag of BCP 47; empty: the channel's first"}
        }
      },
      "ListedScreen": {
        "type": "object",
        "required": [
          "id",
          "site",
          "name",
          "channel",
          "test",
          "volume_rule",
          "volume_percent",
          "audio",
          "version",
          "changed_ms",
          "changed_by",
          "site_name",
          "enrolled_ms",
          "enrolled_by",
          "state",
          "seen_ms",
          "report"
        ],
        "properties": {
          "id": {"type": "string"},
          "site": {"type": "string"},
          "name": {"type": "string"},
          "channel": {"type": "string"},
          "test": {"type": "boolean", "description": "Shows rehearsals"},
          "volume_rule": {
            "type": "string",
            "enum": ["own", "start", "fixed"],
            "description": "Where its keys left it; from volume_percent on; at volume_percent, whatever keys say"
          },
          "volume_percent": {"type": "integer", "minimum": 0, "maximum": 100},
          "audio": {"type": "string", "maxLength": 35, "description": "The language that it wants, a tag of BCP 47; empty: the channel's first"},
          "version": {"type": "integer"},
          "changed_ms": {"type": "integer"},
          "changed_by": {"type": "string"},
          "site_name": {"type": "string"},
          "enrolled_ms": {"type": ["integer", "null"]},
          "enrolled_by": {"type": ["string", "null"]},
          "state": {"type": "string", "enum": ["unenrolled", "silent", "no_picture", "no_sound", "fine"]},
          "seen_ms": {"type": ["integer", "null"]},
          "report": {
            "description": "The last one; null when this node has not heard it",
            "oneOf": [{"$ref": "#/components/schemas/ScreenReport"}, {"type": "null"}]
          }
        }
      },
      "ScreenReport": {
        "type": "object",
        "properties": {
          "picture": {"type": "boolean"},
          "sound": {"type": "boolean"},
          "frozen": {"type": "boolean"},
          "silent": {"type": "boolean", "description": "Sound comes, and has been silence for a while"},
          "latency_ms": {"type": ["integer", "null"]},
          "loss_permille": {"type": ["integer", "null"]},
          "reconnections": {"type": "integer"},
          "uptime_s": {"type": "integer"},
          "rendition": {"type": "string"},
          "relay": {"type": "string"},
          "node": {"type": "string"},
          "version": {"type": "string"},
          "last_loss": {"type": "string"}
        }
      },
      "EnrolWish": {
        "type": "object",
        "description": "Either screen, or new_screen at a site that is there or with new_site",
        "required": ["code"],
        "properties": {
          "code": {
            "type": "string",
            "description": "As it is shown, in either case, with spaces and hyphens or without"
          },
          "screen": {"type": "string"},
          "new_screen": {"$ref": "#/components/schemas/ScreenWish"},
          "new_site": {"$ref": "#/components/schemas/SiteWish"},
          "replace": {
            "type": "boolean",
            "description": "The screen is enrolled, and this device takes its place"
          }
        }
      },
      "OwnScreen": {
        "type": "object",
        "required": ["enrolled", "now_ms"],
        "properties": {
          "enrolled": {"type": "boolean"},
          "now_ms": {"type": "integer"},
          "code": {"type": "string", "description": "When it is not enrolled"},
          "expires_ms": {"type": "integer", "description": "Of the code"},
          "version": {"type": "string"},
          "screen": {
            "type": "object",
            "required": ["id", "name", "test"],
            "properties": {"id": {"type": "string"}, "name": {"type": "string"}, "test": {"type": "boolean"}}
          },
          "site": {
            "type": "object",
            "required": ["id", "name", "tier"],
            "properties": {
              "id": {"type": "string"},
              "name": {"type": "string"},
              "tier": {"type": "string", "enum": ["city", "centre", "township", "site"]}
            }
          },
          "channel": {
            "type": "object",
            "required": ["id", "name"],
            "properties": {"id": {"type": "string"}, "name": {"type": "string"}}
          },
          "volume": {
            "type": "object",
            "required": ["rule", "percent"],
            "properties": {
              "rule": {
                "type": "string",
                "enum": ["own", "start", "fixed"],
                "description": "Where its keys left it; from volume_percent on; at volume_percent, whatever keys say"
              },
              "percent": {"type": "integer"}
            }
          },
          "audio": {"type": "string", "description": "The language that it wants, a tag of BCP 47; empty: the channel's first"},
          "plays": {
            "type": "string",
            "description": "What it asks for by WHEP: the channel, or what is rehearsed on it"
          },
          "report_every_s": {"type": "integer"},
          "guide": {
            "type": "object",
            "required": ["time_zone", "sessions"],
            "properties": {
              "time_zone": {"type": "string"},
              "sessions": {"type": "array", "items": {"$ref": "#/components/schemas/GuideEntry"}}
            }
          },
          "watch": {
            "description": "Leave to watch the channel, for POST /whep/CHANNEL; null where nothing needs it",
            "oneOf": [
              {
                "type": "object",
                "required": ["token", "expires_ms"],
                "properties": {"token": {"type": "string"}, "expires_ms": {"type": "integer"}}
              },
              {"type": "null"}
            ]
          }
        }
      })json";

}  // namespace

std::string_view openapi_sites_paths() {
  return kSitesPaths;
}

std::string_view openapi_sites_schemas() {
  return kSitesSchemas;
}

}  // namespace longmen
