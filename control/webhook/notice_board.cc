#include "control/webhook/notice_board.h"

#include <utility>

namespace longmen {

bool NoticeBoard::follow(const std::string& subject, const std::string& value,
                         const std::string& initial) {
  if (!begun_) return false;
  const auto found = marks_.find(subject);
  if (found == marks_.end() && marks_.size() >= kMaxMarks) return false;
  const bool same = found == marks_.end() ? value == initial : found->second == value;
  if (found != marks_.end() && same) return false;
  marks_[subject] = changed_[subject] = value;
  return !same;
}

std::optional<std::string> NoticeBoard::mark(const std::string& subject) const {
  const auto found = marks_.find(subject);
  return found == marks_.end() ? std::nullopt : std::optional(found->second);
}

void NoticeBoard::add(Notice notice) {
  if (!begun_) return;
  waiting_.push_back(std::move(notice));
  if (waiting_.size() <= kMaxWaiting) return;
  waiting_.pop_front();
  ++lost_;
}

void NoticeBoard::put_back(std::vector<Notice> notices, Marks changed) {
  changed.merge(std::exchange(changed_, {}));
  for (auto& [subject, value] : changed)
    value = marks_[subject];  // it may be another one since
  changed_ = std::move(changed);
  waiting_.insert(waiting_.begin(), std::make_move_iterator(notices.begin()),
                  std::make_move_iterator(notices.end()));
  while (waiting_.size() > kMaxWaiting) {
    waiting_.pop_front();
    ++lost_;
  }
}

}  // namespace longmen
