#include "lake/takeout/json_head.hpp"

#include <vector>

namespace lake::takeout {
namespace {

/// One open bracket.
struct Frame {
  bool is_array = false;
  std::size_t path_bytes = 0;  // of the path of what it holds
  bool expects_key = false;
};

class HeadScan {
 public:
  HeadScan(std::string_view text, std::set<std::string, std::less<>>& paths) : text_(text), paths_(paths) {}

  void run() {
    while (at_ < text_.size() && paths_.size() < JsonHead::kPathsMax) {
      const char c = text_[at_++];
      if (c == '"') {
        if (!string()) return;
      } else if (c == '{' || c == '[') {
        open(c == '[');
      } else if (c == '}' || c == ']') {
        if (frames_.empty()) return;
        path_.resize(frames_.back().path_bytes);
        frames_.pop_back();
        if (frames_.empty()) return;
      } else if (c == ',' && !frames_.empty()) {
        path_.resize(frames_.back().path_bytes + (frames_.back().is_array ? 2 : 0));
        frames_.back().expects_key = !frames_.back().is_array;
      }
    }
  }

 private:
  void open(bool is_array) {
    frames_.push_back({is_array, path_.size(), !is_array});
    if (is_array) path_ += "[]";
  }
  /// False at the end of the text.
  bool string() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) return false;
    const auto word = text_.substr(begin, at_ - begin);
    ++at_;
    if (frames_.empty() || !frames_.back().expects_key) return true;
    frames_.back().expects_key = false;
    path_.resize(frames_.back().path_bytes);
    if (!path_.empty()) path_ += '.';
    path_ += word.substr(0, 200);
    if (frames_.size() <= JsonHead::kDepthMax) paths_.insert(path_);
    return true;
  }

  std::string_view text_;
  std::set<std::string, std::less<>>& paths_;
  std::size_t at_ = 0;
  std::vector<Frame> frames_;
  std::string path_;
};

}  // namespace

JsonHead::JsonHead(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const auto begin = text.find_first_not_of(" \n\r\t");
  if (begin == std::string_view::npos) return;
  is_array_ = text[begin] == '[';
  is_object_ = text[begin] == '{';
  if (is_json()) HeadScan(text.substr(begin), paths_).run();
}

}  // namespace lake::takeout
