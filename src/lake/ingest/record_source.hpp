#pragma once

#include <string>

#include "lake/base/result.hpp"
#include "lake/ingest/source_files.hpp"
#include "lake/ingest/text_lines.hpp"
#include "lake/query/session.hpp"

namespace lake::ingest {

/// The records of a file, one by one, in the session's temporary table `ingest_record`:
///   position  BIGINT   the record's line (NDJSON), else its number, from 1
///   doc       JSON     the record as an object; NULL when it is none
///   raw       VARCHAR  the bytes of what is no record
///   reason    VARCHAR  why it is none
struct Records {
  bool has_texts_only = false;  // CSV, TSV: every value is a text
};

/// Reads a file into `ingest_record`. Errors: those of reading it; kInvalidArgument when it is no file of its
/// format.
Result<Records> load_records(query::Session& session, const SourceFile& file);
/// Takes the place of what was loaded: records that a query gives as `position` and `raw`, the text of a JSON
/// object.
Result<Records> load_records(query::Session& session, const std::string& query);
Status drop_records(query::Session& session);

/// The columns that the engine's reader sees in the whole file.
Result<Columns> inferred_columns(query::Session& session, const SourceFile& file);

}  // namespace lake::ingest
