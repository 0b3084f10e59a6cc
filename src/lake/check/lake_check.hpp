#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/catalog/catalog.hpp"
#include "lake/os/file_system.hpp"
#include "lake/query/session.hpp"

namespace lake::check {

/// One thing found.
struct Finding {
  enum class Weight : std::uint8_t {
    kProblem,  // something is wrong
    kNote,     // worth knowing: a file that no version names, which upkeep removes after its grace period
  };
  Weight weight = Weight::kProblem;
  std::string where;  // a file or a part of the catalog
  std::string what;   // what was found, and what was expected
};

struct Report {
  std::vector<Finding> findings;
  std::uint64_t table_count = 0;
  std::uint64_t file_count = 0;
  std::uint64_t row_count = 0;      // live ones
  std::uint64_t content_count = 0;  // of blobs
};

/// Verifies a lake that nobody writes to meanwhile: the catalog's own rules; each live file's presence, size,
/// checksum (when recorded), footer and row count; statistics against the values (NULL counts, and bounds of
/// the types in statistics_query.hpp); files below tables/ that no version names. Reads all data.
/// `data_directory`: absolute. Errors: only what keeps it from looking at all; damage is a finding.
Result<Report> check_lake(catalog::Catalog& catalog, query::Session& session, os::FileSystem& files,
                          const std::string& data_directory);

}  // namespace lake::check
