#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lake/cli/sql_verb.hpp"

namespace lake::cli {

struct TakeoutArguments {
  std::vector<std::string> paths;
  std::uint64_t batch_rows = 200'000;
  std::uint64_t workers = 0;  // 0 = one for each CPU
  std::string time_zone;
  bool force = false;
  bool replay = false;               // what had rejected or damaged elements; needs no path
  std::vector<std::string> include;  // products; empty = all
  std::vector<std::string> exclude;
  std::string archives = "reference";  // or "copy", "adopt"
  bool dry_run = false;
  bool server_paths = false;   // with --server: the paths are the server's own
  std::string data_directory;  // where copied and adopted archives go
};

/// `dplake import takeout` in this process: the report goes to standard output. The exit code: 0 when every
/// part is read whole and the ledger balances; entries that cannot be used are in the report and do not fail
/// it.
int takeout_verb(const Surroundings& around, Conversation& conversation, const TakeoutArguments& arguments);

}  // namespace lake::cli
