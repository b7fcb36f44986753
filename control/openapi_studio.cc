#include "control/openapi_studio.h"

namespace longmen {
namespace {

constexpr std::string_view kStudioPaths = R"json(
    "/api/v1/sign-in": {
      "post": {
        "operationId": "signIn",
        "summary": "Sign in",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": ["name", "password"],
                "properties": {
                  "name": {"type": "string"},
                  "password": {"type": "string"},
                  "code": {
                    "type": "string",
                    "description": "Of the authenticator app, or a recovery code; a 401 with code_needed asks for it"
                  }
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Who one is from now on",
            "headers": {
              "Set-Cookie": {
                "schema": {"type": "string"},
                "description": "The sign-in: __Host-longmen over HTTPS, longmen over HTTP. A second one, with -device behind its name, says that this browser was here: strangers' guesses do not lock it out"
              }
            },
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Me"}}}
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "429": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/sign-out": {
      "post": {
        "operationId": "signOut",
        "summary": "Sign out, here or everywhere",
        "security": [{"sign_in": []}],
        "responses": {
          "200": {
            "description": "Done",
            "content": {"application/json": {"schema": {
              "type": "object",
              "required": ["location"],
              "properties": {
                "location": {"type": ["string", "null"], "description": "Where the browser signs out of the provider, too"}
              }
            }}}
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        },
        "requestBody": {
          "required": false,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "properties": {"everywhere": {"type": "boolean", "default": false}}
              }
            }
          }
        }
      }
    },
    "/api/v1/links/look": {
      "post": {
        "operationId": "lookAtLink",
        "summary": "Whose one-time link it is",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": ["token"],
                "properties": {"token": {"type": "string"}}
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "The account",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["name", "role", "first"],
                  "properties": {
                    "name": {"type": "string"},
                    "role": {"$ref": "#/components/schemas/Role"},
                    "first": {
                      "type": "boolean",
                      "description": "No password was set yet: the name can be chosen too"
                    }
                  }
                }
              }
            }
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "410": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/links/redeem": {
      "post": {
        "operationId": "redeemLink",
        "summary": "Set a password by a one-time link, and sign in",
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": ["token", "password"],
                "properties": {
                  "token": {"type": "string"},
                  "name": {
                    "type": "string",
                    "description": "Another name, when no password was set yet"
                  },
                  "password": {"type": "string", "description": "12 characters or more, 256 bytes at most"}
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Who one is from now on; other sign-ins and the second factor of the account are gone",
            "headers": {
              "Set-Cookie": {
                "schema": {"type": "string"},
                "description": "The sign-in: __Host-longmen over HTTPS, longmen over HTTP. A second one, with -device behind its name, says that this browser was here: strangers' guesses do not lock it out"
              }
            },
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Me"}}}
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "410": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/me": {
      "get": {
        "operationId": "getMe",
        "summary": "Who one is",
        "security": [{"sign_in": []}],
        "responses": {
          "200": {
            "description": "The account and what it may",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Me"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/me/password": {
      "post": {
        "operationId": "changePassword",
        "summary": "Another password; all sign-ins end, another one begins",
        "security": [{"sign_in": []}],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": ["password", "new_password"],
                "properties": {
                  "password": {"type": "string"},
                  "new_password": {"type": "string", "description": "12 characters or more, 256 bytes at most"}
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Done",
            "headers": {
              "Set-Cookie": {"schema": {"type": "string"}, "description": "The new sign-in"}
            },
            "content": {"application/json": {"schema": {"type": "object"}}}
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
    "/api/v1/me/totp": {
      "post": {
        "operationId": "beginTotp",
        "summary": "A secret for an authenticator app, shown this once",
        "security": [{"sign_in": []}],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": ["password"],
                "properties": {"password": {"type": "string"}}
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "It counts once it is confirmed",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["secret", "address"],
                  "properties": {
                    "secret": {"type": "string", "description": "Base32"},
                    "address": {"type": "string", "description": "otpauth://, as in a QR code"}
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
          "429": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/me/totp/confirm": {
      "post": {
        "operationId": "confirmTotp",
        "summary": "From now on a code is asked for",
        "security": [{"sign_in": []}],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": ["code"],
                "properties": {"code": {"type": "string", "pattern": "^[0-9]{3} ?[0-9]{3}$"}}
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Confirmed",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["recovery_codes"],
                  "properties": {
                    "recovery_codes": {
                      "type": "array",
                      "items": {"type": "string"},
                      "description": "Each good once instead of a code; shown this once"
                    }
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
    "/api/v1/me/totp/remove": {
      "post": {
        "operationId": "removeTotp",
        "summary": "No second factor any more",
        "security": [{"sign_in": []}],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": ["password"],
                "properties": {"password": {"type": "string"}}
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Done",
            "content": {"application/json": {"schema": {"type": "object"}}}
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "429": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/accounts": {
      "get": {
        "operationId": "listAccounts",
        "summary": "Accounts, by name; administrators",
        "parameters": [
          {
            "name": "after",
            "in": "query",
            "description": "A name",
            "schema": {"type": "string"}
          },
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
                  "required": ["accounts", "next"],
                  "properties": {
                    "accounts": {"type": "array", "items": {"$ref": "#/components/schemas/Account"}},
                    "next": {"type": ["string", "null"], "description": "after, for the next page"}
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
        "operationId": "createAccount",
        "summary": "A new account, with its one-time link; administrators",
        "parameters": [{"$ref": "#/components/parameters/IdempotencyKey"}],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": ["name", "role", "password"],
                "properties": {
                  "name": {"type": "string"},
                  "role": {"$ref": "#/components/schemas/Role"},
                  "password": {"type": "string", "description": "One's own, once more"}
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "Made",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["account", "link", "link_hours"],
                  "properties": {
                    "account": {"$ref": "#/components/schemas/Account"},
                    "link": {
                      "type": "string",
                      "description": "Path on this host with the token behind '#'; works once"
                    },
                    "link_hours": {"type": "integer"}
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
    "/api/v1/turned-away": {
      "get": {
        "operationId": "listTurnedAway",
        "summary": "People of the provider whose account was removed or taken from it, and whom no sign-in gives another one; administrators",
        "parameters": [
          {"name": "skip", "in": "query", "description": "So many of the latest", "schema": {"type": "integer", "minimum": 0, "default": 0}},
          {"name": "limit", "in": "query", "description": "Of a page", "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "A page",
            "content": {"application/json": {"schema": {
              "type": "object",
              "required": ["turned_away", "next"],
              "properties": {
                "turned_away": {"type": "array", "items": {"$ref": "#/components/schemas/TurnedAway"}},
                "next": {"type": ["integer", "null"], "description": "skip, for the next page"}
              }
            }}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/turned-away/{id}/let-in": {
      "post": {
        "operationId": "letIn",
        "summary": "The next sign-in by the provider counts again; administrators",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"}}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {"application/json": {"schema": {
            "type": "object",
            "properties": {"password": {"type": "string", "description": "One's own, once more"}}
          }}}
        },
        "responses": {
          "200": {
            "description": "As it was",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/TurnedAway"}}}
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "429": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/accounts/{id}": {
      "delete": {
        "operationId": "removeAccount",
        "summary": "Of one that is disabled; whom a provider vouched for is turned away from then on; administrators",
        "parameters": [
          {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"}}
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "As it was",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Account"}}}
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      },
      "patch": {
        "operationId": "changeAccount",
        "summary": "Another role, or disable and enable; administrators",
        "parameters": [
          {
            "name": "id",
            "in": "path",
            "required": true,
            "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"}
          }
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "properties": {
                  "role": {"$ref": "#/components/schemas/Role"},
                  "disabled": {"type": "boolean"},
                  "password": {
                    "type": "string",
                    "description": "One's own, once more; for all but disabling"
                  }
                }
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "As it is now",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Account"}}}
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
    "/api/v1/accounts/{id}/reset": {
      "post": {
        "operationId": "resetAccount",
        "summary": "A one-time link for somebody else who lost a password; administrators",
        "parameters": [
          {
            "name": "id",
            "in": "path",
            "required": true,
            "schema": {"type": "string", "pattern": "^[0-9a-f]{16}$"}
          }
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "required": ["password"],
                "properties": {"password": {"type": "string", "description": "One's own, once more"}}
              }
            }
          }
        },
        "responses": {
          "200": {
            "description": "What the person signed in with stays valid until the link is used",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["account", "link", "link_hours"],
                  "properties": {
                    "account": {"$ref": "#/components/schemas/Account"},
                    "link": {
                      "type": "string",
                      "description": "Path on this host with the token behind '#'; works once"
                    },
                    "link_hours": {"type": "integer"}
                  }
                }
              }
            }
          },
          "400": {"$ref": "#/components/responses/Problem"},
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "404": {"$ref": "#/components/responses/Problem"},
          "409": {"$ref": "#/components/responses/Problem"},
          "415": {"$ref": "#/components/responses/Problem"},
          "429": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    },
    "/api/v1/audit": {
      "get": {
        "operationId": "getAudit",
        "summary": "Who did what, the latest first; administrators",
        "parameters": [
          {
            "name": "before",
            "in": "query",
            "description": "Rows below this number",
            "schema": {"type": "integer"}
          },
          {
            "name": "limit",
            "in": "query",
            "description": "Of a page",
            "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
          },
          {
            "name": "format",
            "in": "query",
            "description": "",
            "schema": {"type": "string", "enum": ["json", "jsonl"]}
          }
        ],
        "security": [{"sign_in": []}, {"token": []}],
        "responses": {
          "200": {
            "description": "A page, or with format=jsonl everything, the oldest first, one row a line",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "required": ["rows", "next"],
                  "properties": {
                    "rows": {"type": "array", "items": {"$ref": "#/components/schemas/AuditRow"}},
                    "next": {"type": ["integer", "null"], "description": "before, for the next page"}
                  }
                }
              },
              "application/jsonl": {}
            }
          },
          "401": {"$ref": "#/components/responses/Problem"},
          "403": {"$ref": "#/components/responses/Problem"},
          "422": {"$ref": "#/components/responses/Problem"},
          "503": {"$ref": "#/components/responses/Problem"}
        }
      }
    })json";

constexpr std::string_view kStudioSchemas = R"json(
      "Role": {"type": "string", "enum": ["administrator", "producer", "operator", "viewer"]},
      "TurnedAway": {
        "type": "object",
        "required": ["id", "issuer", "subject", "name", "since_ms", "by"],
        "properties": {
          "id": {"type": "string"},
          "issuer": {"type": "string"},
          "subject": {"type": "string"},
          "name": {"type": "string", "description": "Of the account"},
          "since_ms": {"type": "integer", "description": "Milliseconds since 1970"},
          "by": {"type": "string", "description": "Who removed the account; empty: its reset link was used"}
        }
      },
      "Account": {
        "type": "object",
        "required": ["id", "name", "role", "disabled", "set_up", "totp", "created_ms", "last_sign_in_ms"],
        "properties": {
          "id": {"type": "string"},
          "name": {"type": "string"},
          "role": {"$ref": "#/components/schemas/Role"},
          "disabled": {"type": "boolean"},
          "set_up": {"type": "boolean", "description": "A password was set"},
          "totp": {"type": "boolean", "description": "A second factor is asked for"},
          "created_ms": {"type": "integer", "description": "Milliseconds since 1970"},
          "last_sign_in_ms": {"type": ["integer", "null"]}
        }
      },
      "Me": {
        "type": "object",
        "required": ["account", "may", "recovery_codes_left"],
        "properties": {
          "account": {"$ref": "#/components/schemas/Account"},
          "recovery_codes_left": {"type": "integer", "description": "Of the second factor"},
          "may": {
            "type": "array",
            "items": {
              "type": "string",
              "enum": ["look", "operate", "plan", "manage_channels", "manage_accounts", "read_audit"]
            }
          }
        }
      },
      "AuditRow": {
        "type": "object",
        "required": [
          "number",
          "at_ms",
          "actor_id",
          "actor",
          "address",
          "action",
          "subject",
          "before",
          "after",
          "hash"
        ],
        "properties": {
          "number": {"type": "integer"},
          "at_ms": {"type": "integer", "description": "Milliseconds since 1970"},
          "actor_id": {"type": "string", "description": "Of the account; empty for the command line"},
          "actor": {"type": "string"},
          "address": {"type": "string"},
          "action": {"type": "string"},
          "subject": {"type": "string"},
          "before": {},
          "after": {},
          "hash": {
            "type": "string",
            "description": "SHA-256 over the hash of the row before and this row"
          }
        }
      })json";

}  // namespace

std::string_view openapi_studio_paths() {
  return kStudioPaths;
}
std::string_view openapi_studio_schemas() {
  return kStudioSchemas;
}

}  // namespace longmen
