// Reads [recording.s3] of a configuration file, and its form in messages between processes.
#pragma once

#include <boost/json/object.hpp>

#include "config/bucket_config.h"
#include "config/toml_table.h"
#include "core/node/json_fields.h"

namespace longmen {

// A scheme, http or https, a host and perhaps a port.
bool is_endpoint(std::string_view text);

// Without the names of files, which the caller reads.
void read_bucket(TomlTable table, BucketConfig& bucket);

boost::json::object bucket_to_json(const BucketConfig& bucket);
void bucket_from_json(const JsonFields& fields, BucketConfig& bucket);

}  // namespace longmen
