// A name that stands in a set for the length of a scope: of what only one may do at a time. The set
// outlives it. One thread.
#pragma once

#include <set>
#include <string>
#include <utility>

namespace longmen {

class NameInUse {
 public:
  NameInUse(std::set<std::string>& all, std::string name) : all_(all), name_(std::move(name)) {
    all_.insert(name_);
  }
  ~NameInUse() { all_.erase(name_); }
  NameInUse(const NameInUse&) = delete;
  NameInUse& operator=(const NameInUse&) = delete;

 private:
  std::set<std::string>& all_;
  const std::string name_;
};

}  // namespace longmen
