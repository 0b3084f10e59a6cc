#include "history/checker.hpp"

#include <algorithm>
#include <cstddef>
#include <deque>
#include <set>
#include <utility>

namespace lake::history {
namespace {

using List = std::vector<std::int64_t>;
using Node = std::size_t;

bool is_prefix(const List& shorter, const List& longer) {
  return shorter.size() <= longer.size() && std::equal(shorter.begin(), shorter.end(), longer.begin());
}

class Graph {
 public:
  Graph(const std::vector<Transaction>& history, const std::map<int, List>& final_lists)
      : history_(history), lists_(final_lists), edges_(history.size()) {}

  std::vector<std::string> check() {
    index_writers();
    for (Node node = 0; node < history_.size(); ++node) {
      if (counts(node)) check_transaction(node);
    }
    check_lists();
    if (!found_.empty()) return found_;  // edges would be drawn from lists that make no sense
    draw_edges();
    check_cycles();
    return found_;
  }

 private:
  /// Did it take effect, as far as anybody can tell? An unknown outcome counts when one of its values is in a
  /// list.
  [[nodiscard]] bool counts(Node node) const {
    return history_[node].outcome == Outcome::kCommitted || seen_unknown_.contains(node);
  }

  void index_writers() {
    for (Node node = 0; node < history_.size(); ++node) {
      for (const auto& [key, values] : history_[node].appends) {
        for (const auto value : values) writer_[{key, value}] = node;
      }
    }
    for (const auto& [key, list] : lists_) {
      for (const auto value : list) {
        const auto found = writer_.find({key, value});
        if (found == writer_.end()) {
          found_.push_back("value " + std::to_string(value) + " of key " + std::to_string(key) +
                           " was never appended");
        } else if (history_[found->second].outcome == Outcome::kAborted) {
          found_.push_back("G1a: aborted value " + std::to_string(value) + " stays in key " +
                           std::to_string(key));
        } else if (history_[found->second].outcome == Outcome::kUnknown) {
          seen_unknown_.insert(found->second);
        }
      }
    }
  }

  void check_transaction(Node node) {
    for (const auto& [key, read] : history_[node].reads) {
      const auto list = lists_.find(key);
      if (list == lists_.end() || !is_prefix(read, list->second)) {
        found_.push_back("transaction " + std::to_string(node) + " read a list of key " +
                         std::to_string(key) + " that is no prefix of its final list");
        continue;
      }
      if (read.empty()) continue;
      const auto writer = writer_.find({key, read.back()});
      if (writer == writer_.end()) continue;
      if (history_[writer->second].appends.at(key).back() != read.back()) {
        found_.push_back("G1b: transaction " + std::to_string(node) + " read an intermediate value of key " +
                         std::to_string(key));
      }
    }
  }

  void check_lists() {
    for (Node node = 0; node < history_.size(); ++node) {
      if (!counts(node)) continue;
      for (const auto& [key, values] : history_[node].appends) {
        const auto& list = lists_[key];
        const auto place = std::search(list.begin(), list.end(), values.begin(), values.end());
        if (place == list.end()) {
          found_.push_back("appends of transaction " + std::to_string(node) + " to key " +
                           std::to_string(key) + " are missing or torn");
        }
      }
    }
    for (const auto& [key, list] : lists_) {
      if (std::set<std::int64_t>(list.begin(), list.end()).size() != list.size()) {
        found_.push_back("key " + std::to_string(key) + " holds a value twice");
      }
    }
  }

  void draw_edges() {
    for (const auto& [key, list] : lists_) {
      for (std::size_t i = 1; i < list.size(); ++i)
        add(writer_.at({key, list[i - 1]}), writer_.at({key, list[i]}));
    }
    for (Node node = 0; node < history_.size(); ++node) {
      if (!counts(node)) continue;
      for (const auto& [key, read] : history_[node].reads) {
        const auto& list = lists_.at(key);
        if (!read.empty()) add(writer_.at({key, read.back()}), node);
        if (read.size() < list.size()) {
          const Node next = writer_.at({key, list[read.size()]});
          if (next != node) anti_.emplace_back(node, next);
        }
      }
    }
    draw_real_time();
  }

  /// Ended before started, reduced: each transaction points to those that start after it and before the
  /// earliest end of a transaction that itself started after it; the rest follows by transitivity.
  void draw_real_time() {
    std::vector<Node> by_start;
    for (Node node = 0; node < history_.size(); ++node) {
      if (counts(node)) by_start.push_back(node);
    }
    std::sort(by_start.begin(), by_start.end(),
              [this](Node a, Node b) { return history_[a].started < history_[b].started; });
    for (const Node node : by_start) {
      // an unknown outcome may have taken effect long after its client gave up
      if (history_[node].outcome != Outcome::kCommitted) continue;
      std::uint64_t earliest_end = UINT64_MAX;
      const auto after =
          std::upper_bound(by_start.begin(), by_start.end(), history_[node].ended,
                           [this](std::uint64_t time, Node other) { return time < history_[other].started; });
      for (auto next = after; next != by_start.end() && history_[*next].started <= earliest_end; ++next) {
        add(node, *next);
        if (history_[*next].outcome == Outcome::kCommitted)
          earliest_end = std::min(earliest_end, history_[*next].ended);
      }
    }
  }

  void add(Node from, Node to) {
    if (from != to) edges_[from].insert(to);
  }

  [[nodiscard]] bool reaches(Node from, Node to) const {
    std::vector<bool> seen(history_.size());
    std::deque<Node> open{from};
    seen[from] = true;
    while (!open.empty()) {
      const Node node = open.front();
      open.pop_front();
      if (node == to) return true;
      for (const Node next : edges_[node]) {
        if (!seen[next]) {
          seen[next] = true;
          open.push_back(next);
        }
      }
    }
    return false;
  }

  void check_cycles() {
    std::vector<std::size_t> incoming(history_.size());
    for (const auto& targets : edges_) {
      for (const Node to : targets) ++incoming[to];
    }
    std::deque<Node> open;
    for (Node node = 0; node < history_.size(); ++node) {
      if (incoming[node] == 0) open.push_back(node);
    }
    std::size_t sorted = 0;
    while (!open.empty()) {
      const Node node = open.front();
      open.pop_front();
      ++sorted;
      for (const Node to : edges_[node]) {
        if (--incoming[to] == 0) open.push_back(to);
      }
    }
    if (sorted != history_.size()) {
      found_.push_back("G0/G1c: " + std::to_string(history_.size() - sorted) +
                       " transactions on or behind a cycle of write and real-time dependencies");
      return;
    }
    for (const auto& [reader, writer] : anti_) {
      if (reaches(writer, reader)) {
        found_.push_back("G-single: transaction " + std::to_string(reader) +
                         " missed a write of transaction " + std::to_string(writer) + " that came before it");
      }
    }
  }

  const std::vector<Transaction>& history_;
  std::map<int, List> lists_;
  std::vector<std::set<Node>> edges_;        // write-write, write-read, real time
  std::vector<std::pair<Node, Node>> anti_;  // read-write
  std::map<std::pair<int, std::int64_t>, Node> writer_;
  std::set<Node> seen_unknown_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> anomalies(const std::vector<Transaction>& history,
                                   const std::map<int, std::vector<std::int64_t>>& final_lists) {
  return Graph(history, final_lists).check();
}

}  // namespace lake::history
