#include "lake/takeout/csv_records.hpp"

#include <utility>

namespace lake::takeout {
namespace {

constexpr std::size_t kFirstBytes = 1U << 13U;  // many files are small
constexpr std::size_t kReadBytes = 1U << 18U;
constexpr int kNone = -1;

}  // namespace

bool CsvRecords::refill() {
  if (at_end_) return false;
  if (buffer_.empty() || filled_ == buffer_.size())
    buffer_.resize(buffer_.empty() ? kFirstBytes : kReadBytes);
  const auto read = content_.read({reinterpret_cast<std::byte*>(buffer_.data()), buffer_.size()});
  position_ = 0;
  filled_ = read ? *read : 0;
  if (!read) failure_ = read.error();
  at_end_ = filled_ == 0;
  return !at_end_;
}

int CsvRecords::peek() {
  if (position_ == filled_ && !refill()) return kNone;
  return static_cast<unsigned char>(buffer_[position_]);
}

int CsvRecords::take() {
  const int c = peek();
  if (c == kNone) return kNone;
  ++position_;
  ++offset_;
  return c;
}

/// Of the record's own text nothing is kept beyond the bound.
void CsvRecords::add(char c) {
  if (text_.size() < kRecordBytesMax) {
    text_ += c;
  } else {
    record_.is_too_large = true;
  }
}

/// Takes what stands before one of two ends, as far as it was read, into the field.
void CsvRecords::take_run(char end, char other_end) {
  const auto here = std::string_view(buffer_).substr(position_, filled_ - position_);
  std::size_t size = 0;
  while (size < here.size() && here[size] != end && here[size] != other_end) ++size;
  const auto run = here.substr(0, size);
  const auto kept = run.substr(0, kRecordBytesMax - text_.size());
  text_ += kept;
  record_.is_too_large |= kept.size() < run.size();
  if (!record_.is_too_large) field_ += run;
  position_ += run.size();
  offset_ += run.size();
}

void CsvRecords::end_field() {
  if (!record_.is_too_large) record_.fields.push_back(std::move(field_));
  field_.clear();
}

/// From behind the opening quote to behind the closing one; false when there is none.
bool CsvRecords::read_quoted() {
  while (true) {
    take_run('"', '"');
    const int c = take();
    if (c == kNone) return false;
    add(static_cast<char>(c));
    if (c != '"') {
      if (!record_.is_too_large) field_ += static_cast<char>(c);
      continue;
    }
    if (peek() != '"') return true;
    add(static_cast<char>(take()));
    if (!record_.is_too_large) field_ += '"';
  }
}

bool CsvRecords::read_field() {
  if (peek() == '"') {
    add(static_cast<char>(take()));
    if (!read_quoted()) {
      cut_ = true;
      return false;
    }
  }
  while (true) {
    take_run(',', '\n');
    const int c = take();
    if (c == kNone || c == '\n') {
      if (!field_.empty() && field_.back() == '\r') field_.pop_back();
      end_field();
      return false;
    }
    if (c == ',') {
      add(',');
      end_field();
      return true;
    }
    add(static_cast<char>(c));
    if (!record_.is_too_large) field_ += static_cast<char>(c);
  }
}

/// False at the end.
bool CsvRecords::pass_blank_lines() {
  while (true) {
    const int c = peek();
    if (c == kNone) return false;
    if (c != '\n' && c != '\r') return true;
    take();
  }
}

const CsvRecords::Record* CsvRecords::next() {
  if (std::exchange(at_start_, false)) {
    for (const int mark : {0xEF, 0xBB, 0xBF}) {  // a lone first byte of it begins no UTF-8 text
      if (peek() != mark) break;
      take();
    }
  }
  record_ = {};
  text_.clear();
  field_.clear();
  if (end_ != End::kComplete || !pass_blank_lines()) {
    if (failure_) end_ = End::kBroken;
    return nullptr;
  }
  const auto begin = offset_;
  while (read_field()) {
  }
  if (cut_ || failure_) {  // what came last may not be whole
    end_ = failure_ ? End::kBroken : End::kCut;
    offset_ = begin;
    return nullptr;
  }
  if (!text_.empty() && text_.back() == '\r') text_.pop_back();
  record_.text = text_;
  record_.place = {begin, record_.is_too_large ? offset_ - begin : text_.size()};
  return &record_;
}

std::vector<std::vector<std::string>> first_csv_records(std::string_view head, bool is_whole,
                                                        std::size_t count) {
  TextContent content(head);
  CsvRecords records(content);
  std::vector<std::vector<std::string>> found;
  while (found.size() < count) {
    const auto* record = records.next();
    if (record == nullptr) break;
    if (!is_whole && records.end_offset() >= head.size()) break;
    found.push_back(record->fields);
  }
  return found;
}

}  // namespace lake::takeout
