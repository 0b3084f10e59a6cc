#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lake/cli/sql_verb.hpp"

namespace lake::cli {

struct ImportArguments {
  std::vector<std::string> paths;
  std::string table;   // empty = after the file names
  std::string format;  // empty = by the file names
  bool append = false;
  bool replace = false;
  bool strict = false;
  std::string sample = "20480";  // rows, or "all"
  std::string rules;             // a rule set's name or file; empty = no rules
  std::string level;             // strict, lenient, audit; empty = that of the rule set
  std::string replay;            // a table whose refused records are tried again; empty = none
};

/// `dplake import`: the report goes to standard output. The exit code: 0 when every file is stored.
int import_verb(const Surroundings& around, Conversation& conversation, const ImportArguments& arguments);

struct ExportArguments {
  std::string directory;
  std::vector<std::string> tables;
  bool all = false;
};

/// `dplake export`. The exit code.
int export_verb(const Surroundings& around, Conversation& conversation, const ExportArguments& arguments);

}  // namespace lake::cli
