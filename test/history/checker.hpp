#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lake::history {

/// How a transaction ended, as its client knows it.
enum class Outcome : std::uint8_t { kCommitted, kAborted, kUnknown };

/// One transaction of a list-append history: it read whole lists and appended values that are unique in the
/// history.
struct Transaction {
  std::uint64_t started = 0;  // logical times of one global counter
  std::uint64_t ended = 0;
  Outcome outcome = Outcome::kUnknown;
  std::map<int, std::vector<std::int64_t>> reads;    // key -> the list as first read, own appends excluded
  std::map<int, std::vector<std::int64_t>> appends;  // key -> values in order
};

/// Looks for what snapshot isolation with real-time order forbids (Adya 1999; Kingsbury and Alvaro, "Elle",
/// 2020): lists that are not prefixes of one another, values of aborted transactions (G1a), intermediate
/// values (G1b), lost acknowledged appends, cycles of write-write, write-read and real-time edges (G0, G1c),
/// and cycles with exactly one read-write edge (G-single). Write skew (two read-write edges) is allowed.
/// `final_lists`: the lists after everything ended. Returns one sentence for each anomaly; empty = none.
std::vector<std::string> anomalies(const std::vector<Transaction>& history,
                                   const std::map<int, std::vector<std::int64_t>>& final_lists);

}  // namespace lake::history
