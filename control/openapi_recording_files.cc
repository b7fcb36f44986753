#include "control/openapi_recording_files.h"

namespace longmen {
namespace {

constexpr std::string_view kFilePaths = R"json(
    "/api/v1/recordings/{id}/courseware": {
      "get": {
        "operationId": "listCourseware",
        "summary": "The files that are attached to a recording; who may watch it has them at /replay/ID/courseware.json",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "The files, and how much more is taken",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CoursewareList"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "post": {
        "operationId": "addCourseware",
        "summary": "Attach a file, which is the body; producers. PDF, OFD, slides, documents, tables, pictures and texts are taken, by the end of the name and by how they begin",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"name": "name", "in": "query", "required": true, "schema": {"type": "string"}, "description": "The file's name, 200 bytes"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        },
        "responses": {
          "200": {
            "description": "It is attached",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Courseware"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "413": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/recordings/{id}/courseware/{file}": {
      "delete": {
        "operationId": "removeCourseware",
        "summary": "Remove a file for good; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"name": "file", "in": "path", "required": true, "schema": {"type": "string"}},
          {"name": "confirm", "in": "query", "required": true, "schema": {"type": "string"}, "description": "The file's id again"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "What remains",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CoursewareList"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/recordings/{id}/captions": {
      "get": {
        "operationId": "listCaptions",
        "summary": "The captions of a recording; who may watch it has them at /replay/ID/captions.json, and each whole at /replay/ID/captions/LANGUAGE.vtt",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "One of each language",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CaptionList"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/recordings/{id}/captions/{language}": {
      "put": {
        "operationId": "setCaptions",
        "summary": "Give a recording that has ended captions, which are the body: WebVTT or SubRip in UTF-8, of 2 MiB, with times from the start of the replay as it is played now. They stay with what is said there: a trim that comes later, a withdrawn range or a clip need no other file. What is kept is plain WebVTT; STYLE, REGION, NOTE, classes and unknown tags are left out. Producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"name": "language", "in": "path", "required": true, "schema": {"type": "string"}, "description": "A tag of BCP 47: zh-Hans, en; a recording has captions once in each, 16 in all"},
          {"name": "label", "in": "query", "schema": {"type": "string"}, "description": "As players list it, 60 bytes; else the tag"},
          {"name": "If-Match", "in": "header", "schema": {"type": "string"}, "description": "To replace some that are there: their entity tag, \"ID\", or *"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {
            "text/vtt": {"schema": {"type": "string"}},
            "application/x-subrip": {"schema": {"type": "string"}}
          }
        },
        "responses": {
          "200": {
            "description": "They are there",
            "headers": {"ETag": {"schema": {"type": "string"}}},
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Captions"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "412": {"$ref": "#/components/responses/Problem"},
          "413": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "428": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "delete": {
        "operationId": "removeCaptions",
        "summary": "Remove the captions in a language for good; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
          {"name": "language", "in": "path", "required": true, "schema": {"type": "string"}},
          {"name": "confirm", "in": "query", "required": true, "schema": {"type": "string"}, "description": "The language again"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "What remains",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CaptionList"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/recordings/{id}/package": {
      "get": {
        "operationId": "exportPackage",
        "summary": "A recording that has ended as one file, a tar: what is shown of it, with index, manifest, courseware and what is said of it; nothing that is withdrawn. docs/PACKAGES.md; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "The package",
            "content": {"application/x-tar": {"schema": {"type": "string", "format": "binary"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/recordings/{id}/clips": {
      "post": {
        "operationId": "makeClip",
        "summary": "A range of a recording that has ended as a recording of its own, of the same media files, which stay when the other one goes; producers",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ClipWish"}}}
        },
        "responses": {
          "200": {
            "description": "The clip",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Clip"}}}
          },
          "400": {"$ref": "#/components/responses/Problem"},
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
    "/api/v1/packages": {
      "post": {
        "operationId": "importPackage",
        "summary": "Take in a recording's package, which is the body. It is shown when all of it has been checked; producers",
        "parameters": [
          {"name": "channel", "in": "query", "required": true, "schema": {"type": "string"}, "description": "Whose viewers may watch it"}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/x-tar": {"schema": {"type": "string", "format": "binary"}}}
        },
        "responses": {
          "200": {
            "description": "The recording that it is now",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ImportedPackage"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "413": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"},
          "507": {"$ref": "#/components/responses/Problem"}
        }
      }
    })json";

constexpr std::string_view kFileSchemas = R"json(
      "Courseware": {
        "type": "object",
        "required": ["id", "name", "type", "bytes", "sha256", "added_ms"],
        "properties": {
          "id": {"type": "string", "description": "Stands in /replay/RECORDING/courseware/ID"},
          "name": {"type": "string"},
          "type": {"type": "string", "description": "Of media"},
          "bytes": {"type": "integer"},
          "sha256": {"type": "string"},
          "added_ms": {"type": "integer", "description": "Milliseconds since 1970"}
        }
      },
      "CoursewareList": {
        "type": "object",
        "required": ["courseware", "max_file_bytes", "bytes_left"],
        "properties": {
          "courseware": {"type": "array", "items": {"$ref": "#/components/schemas/Courseware"}},
          "max_file_bytes": {"type": "integer"},
          "bytes_left": {"type": "integer", "description": "Of what one recording may have"}
        }
      },
      "Captions": {
        "type": "object",
        "required": ["language", "label", "id", "zero_ms", "cues", "bytes", "sha256", "added_ms"],
        "properties": {
          "language": {"type": "string"},
          "label": {"type": "string"},
          "id": {"type": "string", "description": "Another one whenever label or cues are; in quotation marks the entity tag"},
          "zero_ms": {"type": "integer", "description": "The instant from which they are kept, milliseconds since 1970"},
          "cues": {"type": "integer"},
          "bytes": {"type": "integer"},
          "sha256": {"type": "string"},
          "added_ms": {"type": "integer"}
        }
      },
      "CaptionList": {
        "type": "object",
        "required": ["captions"],
        "properties": {
          "captions": {"type": "array", "items": {"$ref": "#/components/schemas/Captions"}}
        }
      },
      "ClipWish": {
        "type": "object",
        "required": ["title", "from_ms", "to_ms"],
        "properties": {
          "title": {"type": "string"},
          "from_ms": {"type": "integer", "description": "Milliseconds since 1970; what is shown is whole segments"},
          "to_ms": {"type": "integer"}
        }
      },
      "Clip": {
        "type": "object",
        "required": ["recording", "session", "source", "title", "series", "from_ms", "to_ms"],
        "properties": {
          "recording": {"type": "string", "description": "Its id, as of any recording"},
          "session": {"type": "string"},
          "source": {"type": "string"},
          "title": {"type": "string"},
          "series": {"type": "string"},
          "from_ms": {"type": "integer"},
          "to_ms": {"type": "integer"}
        }
      },
      "ImportedPackage": {
        "type": "object",
        "required": ["recording", "session", "title"],
        "properties": {
          "recording": {"type": "string"},
          "session": {"type": "string"},
          "title": {"type": "string"}
        }
      })json";

}  // namespace

std::string_view openapi_recording_files_paths() {
  return kFilePaths;
}

std::string_view openapi_recording_files_schemas() {
  return kFileSchemas;
}

}  // namespace longmen
