// Collects what is told to webhooks until somebody writes it down, and remembers how things stood
// when they were told last, so that what happened while nobody looked (control was started again)
// is told once and nothing is told twice: a thing that can be this or that is a mark, and a notice
// is due when the mark changes. It knows no channel, clock or database. Bounds: kMaxMarks,
// kMaxWaiting; the oldest notices go, counted. One thread.
#pragma once

#include <deque>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/webhook/notice.h"

namespace longmen {

class NoticeBoard {
 public:
  static constexpr size_t kMaxMarks = 4096;
  static constexpr size_t kMaxWaiting = 1000;
  using Marks = std::map<std::string, std::string>;

  // --- Handlers.
  // As they were kept. Before it nothing is told.
  void begin(Marks marks) {
    marks_ = std::move(marks);
    changed_ = {};
    begun_ = true;
  }
  bool begun() const { return begun_; }
  // True: that is another value than before. What was never marked counts as `initial`.
  bool follow(const std::string& subject, const std::string& value, const std::string& initial);
  std::optional<std::string> mark(const std::string& subject) const;
  void add(Notice notice);
  // What take() gave could not be written down: again next time, before what has come since.
  void put_back(std::vector<Notice> notices, Marks changed);

  // --- Polls.
  std::vector<Notice> take() {
    std::vector<Notice> taken(std::make_move_iterator(waiting_.begin()),
                              std::make_move_iterator(waiting_.end()));
    waiting_.clear();
    return taken;
  }
  // Marks that are others than at the last call.
  Marks take_changed() { return std::exchange(changed_, {}); }

  // --- Getters.
  bool has_news() const { return !waiting_.empty() || !changed_.empty(); }
  const Marks& marks() const { return marks_; }
  uint64_t lost() const { return lost_; }

 private:
  bool begun_ = false;
  Marks marks_, changed_;
  std::deque<Notice> waiting_;
  uint64_t lost_ = 0;
};

}  // namespace longmen
