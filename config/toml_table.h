// Reads one table of a configuration file, which was parsed as ASCII (config/ascii_text.h), and
// collects every mistake, each as "FILE:LINE: KEY = VALUE: what is allowed". Keys that nobody asked
// for are mistakes too: call finish() after the last read.
#pragma once

#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// toml++ asserts some things that a damaged file can make untrue; such a file is refused like any
// other (parse_node_config), and does not end the process.
#define TOML_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : throw std::logic_error("not valid TOML"))
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wterminate"  // where it asserts in noexcept functions
#endif
#include <toml++/toml.h>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

namespace longmen {

inline constexpr int kMaxPort = 65535;

class TomlTable {
 public:
  // `prefix` is the table's own name in front of its keys ("http."), empty at the root.
  TomlTable(const toml::table& table, std::string prefix, const std::string& file,
            std::vector<std::string>& mistakes)
      : table_(table), prefix_(std::move(prefix)), file_(file), mistakes_(mistakes) {}

  void read(std::string_view key, std::string& out);
  void read_path(std::string_view key, std::string& out);  // absolute, or empty
  enum class Empty { kRefused, kAllowed };
  // An address of IPv4 or IPv6, no name.
  void read_address(std::string_view key, std::string& out, Empty empty = Empty::kRefused);
  void read(std::string_view key, int& out, int low, int high);
  void read(std::string_view key, double& out, double low, double high);  // whole numbers, too
  void read(std::string_view key, std::vector<std::string>& out);
  void read(std::string_view key, bool& out);
  void choose(std::string_view key, std::string& out, const std::vector<std::string>& allowed);
  void inside(std::string_view key, const std::function<void(TomlTable)>& visit);
  void each(std::string_view key, const std::function<void(TomlTable)>& visit);
  void finish();

  bool has(std::string_view key) const { return table_.get(key) != nullptr; }
  // Where a key stands; the table's own line when it is absent.
  int line_of(std::string_view key) const;
  // A mistake at a key of this table, or at the table itself when the key is absent.
  void mistake(std::string_view key, std::string_view allowed);
  void mistake_here(std::string_view words);

 private:
  const toml::node* find(std::string_view key);
  void add(const toml::node& at, std::string_view key, std::string_view allowed);

  const toml::table& table_;
  std::string prefix_;
  const std::string& file_;
  std::vector<std::string>& mistakes_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace longmen
