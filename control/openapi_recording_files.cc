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
