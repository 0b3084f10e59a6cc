#include "lake/blobs/blob_tables.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "lake/codec/column_batch.hpp"

namespace lake::blobs {

namespace {

using query::Parameter;
using query::Parameters;
using Row = std::vector<std::optional<std::string>>;

constexpr int kAttemptsMax = 10;
constexpr const char* kStaged = "lake_staged('blobs')";

constexpr const char* kObjectTable =
    "CREATE TABLE IF NOT EXISTS blob_store.object (bucket VARCHAR, key VARCHAR, hash VARCHAR, bytes BIGINT, "
    "content_type VARCHAR, metadata VARCHAR, created_us BIGINT)";
constexpr const char* kPlaceTable =
    "CREATE TABLE IF NOT EXISTS blob_store.place (hash VARCHAR, bytes BIGINT, chunk_sums BLOB, archive "
    "VARCHAR, "
    "archive_offset BIGINT, stored_bytes BIGINT, is_deflated BOOLEAN, created_us BIGINT, unreferenced_us "
    "BIGINT, "
    "checked_us BIGINT, damage VARCHAR)";
constexpr const char* kView =
    " AS SELECT o.bucket, o.key, o.hash, o.bytes, o.content_type, o.metadata, "
    "make_timestamp(o.created_us) AS created_at, count(*) OVER (PARTITION BY o.hash) AS refs, "
    "p.archive, make_timestamp(p.checked_us) AS checked_at, p.damage "
    "FROM blob_store.object o LEFT JOIN (SELECT hash, CASE WHEN bool_or(archive IS NULL) THEN NULL ELSE "
    "min(archive) END AS archive, max(checked_us) AS checked_us, max(damage) AS damage FROM blob_store.place "
    "GROUP BY hash) p ON p.hash = o.hash";
constexpr const char* kObjectColumns = "bucket, key, hash, bytes, content_type, metadata, created_us";
constexpr const char* kPlaceColumns =
    "hash, bytes, hex(chunk_sums), archive, archive_offset, stored_bytes, is_deflated, damage";
/// In the store: under its own name, or in a pack (object::kPackPlace).
constexpr const char* kIsKept = "(archive IS NULL OR starts_with(archive, 'blobs/packs/'))";
constexpr const char* kUnreferenced = "hash NOT IN (SELECT hash FROM blob_store.object)";

Parameter text_of(const std::string& text) { return text; }
Parameter number_of(std::uint64_t number) { return static_cast<std::int64_t>(number); }

std::uint64_t unsigned_of(const std::optional<std::string>& text) {
  std::uint64_t value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

std::int64_t signed_of(const std::optional<std::string>& text) {
  return static_cast<std::int64_t>(unsigned_of(text));
}

std::string metadata_text(const BlobLabels& labels) { return nlohmann::json(labels.metadata).dump(); }

std::map<std::string, std::string> metadata_of(const std::string& text) {
  std::map<std::string, std::string> metadata;
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return metadata;
  for (const auto& [name, value] : json.items()) {
    if (value.is_string()) metadata[name] = value.get<std::string>();
  }
  return metadata;
}

Error damaged_row(const std::string& what) {
  return {ErrorCode::kCorruption, "a row of the schema blob_store is not what was written: " + what};
}

Result<BlobInfo> blob_of(const Row& row) {
  BlobInfo blob;
  blob.name = {row[0].value_or(""), row[1].value_or("")};
  const auto hash = codec::sha256_of_hex(row[2].value_or(""));
  if (!hash) return damaged_row("the hash of " + blob.name.bucket + "/" + blob.name.key);
  blob.hash = *hash;
  blob.bytes = unsigned_of(row[3]);
  blob.labels.content_type = row[4].value_or("application/octet-stream");
  blob.labels.metadata = metadata_of(row[5].value_or(""));
  blob.created_us = signed_of(row[6]);
  return blob;
}

std::string bytes_of_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned value = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
    bytes += static_cast<char>(value);
  }
  return bytes;
}

std::string hex_of_bytes(const std::string& bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += {kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return hex;
}

Result<PlacedContent> place_of(const Row& row) {
  PlacedContent content;
  const auto hash = codec::sha256_of_hex(row[0].value_or(""));
  const auto chunks = object::unpacked_chunks(bytes_of_hex(row[2].value_or("")));
  if (!hash || !chunks) return damaged_row("hash or sums of " + row[0].value_or("NULL"));
  content.sums = {*hash, unsigned_of(row[1]), *chunks};
  if (row[3])
    content.place = object::ArchiveRange{*row[3], unsigned_of(row[4]), unsigned_of(row[5]), row[6] == "true"};
  content.damage = row[7].value_or("");
  return content;
}

Result<std::vector<PlacedContent>> places_of(const std::vector<Row>& rows) {
  std::vector<PlacedContent> places;
  for (const auto& row : rows) {
    LAKE_TRY(auto place, place_of(row));
    places.push_back(std::move(place));
  }
  return places;
}

/// A list literal of content names, which are hexadecimal digits.
std::string name_list(const std::vector<std::string>& names) {
  std::string list = "[";
  for (const auto& name : names) list += (list.size() == 1 ? "'" : ", '") + name + "'";
  return list + "]::VARCHAR[]";
}

std::vector<std::string> first_column(const query::Session::TextResult& result) {
  std::vector<std::string> values;
  for (const auto& row : result.rows) values.push_back(row[0].value_or(""));
  return values;
}

/// A lake in which nothing was ever put has no tables: that is empty, not wrong.
template <class T>
Result<T> or_empty(Result<T> result) {
  if (!result && result.error().code() == ErrorCode::kNotFound) return T{};
  return result;
}

constexpr codec::ColumnType kImportTypes[] = {
    codec::ColumnType::kText,  codec::ColumnType::kText, codec::ColumnType::kText,
    codec::ColumnType::kInt64, codec::ColumnType::kText, codec::ColumnType::kInt64,
    codec::ColumnType::kBytes, codec::ColumnType::kText, codec::ColumnType::kInt64,
    codec::ColumnType::kInt64, codec::ColumnType::kBool, codec::ColumnType::kBool,
    codec::ColumnType::kBool};
const std::vector<std::string> kImportNames = {"bucket",         "key",          "hash",        "bytes",
                                               "content_type",   "created_us",   "sums",        "archive",
                                               "archive_offset", "stored_bytes", "is_deflated", "is_repeat",
                                               "is_placed"};

codec::ColumnBatch batch_of(std::span<const ImportedBlob> blobs) {
  codec::ColumnBatch batch(kImportTypes);
  for (const auto& blob : blobs) {
    batch.column(0).append_text(blob.name.bucket);
    batch.column(1).append_text(blob.name.key);
    batch.column(2).append_text(blob.sums.name());
    batch.column(3).append_integer(static_cast<std::int64_t>(blob.sums.bytes));
    batch.column(4).append_text(blob.content_type);
    batch.column(5).append_integer(blob.created_us);
    batch.column(6).append_text(object::packed(blob.sums.chunks));
    if (blob.place) {
      batch.column(7).append_text(blob.place->path);
      batch.column(8).append_integer(static_cast<std::int64_t>(blob.place->offset));
      batch.column(9).append_integer(static_cast<std::int64_t>(blob.place->stored_bytes));
      batch.column(10).append_integer(blob.place->is_deflated ? 1 : 0);
    }
    batch.column(11).append_integer(blob.is_repeat ? 1 : 0);
    batch.column(12).append_integer(blob.is_placed ? 1 : 0);
    batch.end_row();
  }
  return batch;
}

/// Content names, staged; with the offsets of where each lies now.
constexpr codec::ColumnType kMoveTypes[] = {codec::ColumnType::kText, codec::ColumnType::kText,
                                            codec::ColumnType::kInt64};
const std::vector<std::string> kMoveNames = {"hash", "archive", "archive_offset"};
constexpr codec::ColumnType kNameTypes[] = {codec::ColumnType::kText};
const std::vector<std::string> kNameNames = {"hash"};

}  // namespace

Status BlobTables::run(const std::string& sql, const Parameters& parameters) {
  LAKE_TRY(const auto done, session_.run_text(sql, parameters));
  static_cast<void>(done);
  return ok();
}

Result<query::Session::TextResult> BlobTables::ask(const std::string& sql, const Parameters& parameters) {
  return session_.run_text(sql, parameters);
}

Status BlobTables::ensure() {
  LAKE_CHECK_OK(run("CREATE SCHEMA IF NOT EXISTS blob_store"));
  LAKE_CHECK_OK(run(kObjectTable));
  LAKE_CHECK_OK(run(kPlaceTable));
  return run("CREATE VIEW IF NOT EXISTS blob_store.blobs" + std::string(kView));
}

Status BlobTables::ensure_view() {
  LAKE_TRY(const auto taken, ask("SELECT count(*) FROM information_schema.tables WHERE table_catalog = "
                                 "current_catalog() AND table_schema = 'main' AND table_name = 'blobs'"));
  if (taken.rows.at(0).at(0) != "0") return ok();
  return run("CREATE VIEW main.blobs AS SELECT * FROM blob_store.blobs");
}

Status BlobTables::in_transaction(const std::function<Status()>& work) {
  for (int attempt = 1;; ++attempt) {
    LAKE_CHECK_OK(run("BEGIN"));
    auto done = work();
    if (done) {
      done = run("COMMIT");
    } else {
      ignore(run("ROLLBACK"), "the first error is the one to tell");
    }
    if (done || done.error().code() != ErrorCode::kConflict || attempt == kAttemptsMax) return done;
  }
}

Result<std::optional<BlobInfo>> BlobTables::find(const BlobName& name) {
  LAKE_TRY(const auto found,
           or_empty(ask("SELECT " + std::string(kObjectColumns) +
                            " FROM blob_store.object WHERE bucket = $1 AND key = $2 LIMIT 1",
                        {.positional = {text_of(name.bucket), text_of(name.key)}})));
  if (found.rows.empty()) return std::optional<BlobInfo>();
  LAKE_TRY(auto blob, blob_of(found.rows[0]));
  return std::optional<BlobInfo>(std::move(blob));
}

Result<std::vector<PlacedContent>> BlobTables::places(const std::string& content_name) {
  LAKE_TRY(const auto found, or_empty(ask("SELECT " + std::string(kPlaceColumns) +
                                              " FROM blob_store.place WHERE hash = $1 ORDER BY damage IS NOT "
                                              "NULL, archive IS NOT NULL, created_us DESC LIMIT 10",
                                          {.positional = {text_of(content_name)}})));
  return places_of(found.rows);
}

Result<std::vector<BlobInfo>> BlobTables::list(const std::string& bucket, const std::string& prefix,
                                               const std::string& after, std::uint64_t limit) {
  LAKE_TRY(const auto found,
           or_empty(ask("SELECT " + std::string(kObjectColumns) +
                            " FROM blob_store.object WHERE bucket = $1 AND key > $3 AND starts_with(key, $2) "
                            "ORDER BY key LIMIT " +
                            std::to_string(limit),
                        {.positional = {text_of(bucket), text_of(prefix), text_of(after)}})));
  std::vector<BlobInfo> blobs;
  for (const auto& row : found.rows) {
    LAKE_TRY(auto blob, blob_of(row));
    blobs.push_back(std::move(blob));
  }
  return blobs;
}

Result<std::vector<BlobTables::Bucket>> BlobTables::buckets() {
  LAKE_TRY(const auto found,
           or_empty(ask("SELECT bucket, count(*), sum(bytes)::BIGINT FROM blob_store.object "
                        "GROUP BY bucket ORDER BY bucket")));
  std::vector<Bucket> buckets;
  for (const auto& row : found.rows)
    buckets.push_back({row[0].value_or(""), unsigned_of(row[1]), unsigned_of(row[2])});
  return buckets;
}

Result<std::vector<std::string>> BlobTables::referenced(const std::string& after, std::uint64_t limit) {
  LAKE_TRY(const auto found,
           or_empty(ask("SELECT DISTINCT hash FROM blob_store.object WHERE hash > $1 ORDER BY hash LIMIT " +
                            std::to_string(limit),
                        {.positional = {text_of(after)}})));
  return first_column(found);
}

Result<std::vector<BlobName>> BlobTables::lost(std::uint64_t limit) {
  LAKE_TRY(const auto found,
           or_empty(ask("SELECT bucket, key FROM blob_store.object WHERE hash NOT IN (SELECT hash FROM "
                        "blob_store.place) ORDER BY bucket, key LIMIT " +
                        std::to_string(limit))));
  std::vector<BlobName> names;
  for (const auto& row : found.rows) names.push_back({row[0].value_or(""), row[1].value_or("")});
  return names;
}

Result<std::uint64_t> BlobTables::stored_bytes() {
  LAKE_TRY(const auto found,
           or_empty(ask("SELECT coalesce(sum(bytes), 0)::BIGINT FROM (SELECT DISTINCT hash, "
                        "bytes FROM blob_store.place WHERE " +
                        std::string(kIsKept) + ")")));
  return found.rows.empty() ? 0 : unsigned_of(found.rows[0][0]);
}

Status BlobTables::remove(const BlobName& name) {
  return run("DELETE FROM blob_store.object WHERE bucket = $1 AND key = $2",
             {.positional = {text_of(name.bucket), text_of(name.key)}});
}

Status BlobTables::insert(const BlobInfo& blob) {
  return run(
      "INSERT INTO blob_store.object (" + std::string(kObjectColumns) +
          ") VALUES ($1, $2, $3, $4, $5, $6, $7)",
      {.positional = {text_of(blob.name.bucket), text_of(blob.name.key), text_of(codec::hex_of(blob.hash)),
                      number_of(blob.bytes), text_of(blob.labels.content_type),
                      text_of(metadata_text(blob.labels)), blob.created_us}});
}

Status BlobTables::insert_place(const object::ContentSums& sums, const object::ContentPlace& place,
                                std::int64_t now_us) {
  const auto name = sums.name();
  const auto same =
      place ? "archive = $4 AND archive_offset = $5" : "archive IS NULL AND $4 IS NULL AND $5 IS NULL";
  return run(
      "INSERT INTO blob_store.place (hash, bytes, chunk_sums, archive, archive_offset, stored_bytes, "
      "is_deflated, created_us) SELECT $1::VARCHAR, $2::BIGINT, unhex($3::VARCHAR), $4::VARCHAR, "
      "$5::BIGINT, $6::BIGINT, $7::BOOLEAN, $8::BIGINT WHERE NOT EXISTS (SELECT 1 FROM blob_store.place "
      "WHERE hash = $1 AND " +
          std::string(same) + ")",
      {.positional = {
           text_of(name), number_of(sums.bytes), text_of(hex_of_bytes(object::packed(sums.chunks))),
           place ? text_of(place->path) : Parameter(), place ? number_of(place->offset) : Parameter(),
           place ? number_of(place->stored_bytes) : Parameter(),
           place ? Parameter(place->is_deflated) : Parameter(), now_us}});
}

Status BlobTables::stage(const codec::ColumnBatch& batch, const std::vector<std::string>& names) {
  std::vector<std::uint32_t> all(batch.row_count());
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  return session_.stage("blobs", {batch, names, all});
}

Status BlobTables::insert_imported(std::span<const ImportedBlob> blobs, std::int64_t now_us) {
  if (blobs.empty()) return ok();
  const auto batch = batch_of(blobs);
  LAKE_CHECK_OK(stage(batch, kImportNames));
  const std::string staged = kStaged;
  const auto [first, last] = std::minmax_element(
      blobs.begin(), blobs.end(),
      [](const ImportedBlob& a, const ImportedBlob& b) { return a.name.key < b.name.key; });
  // The keys of one import lie beside each other: most files and row groups have none in between.
  auto done =
      run("DELETE FROM blob_store.object WHERE key BETWEEN $1 AND $2 AND (bucket, key) IN (SELECT "
          "(bucket, key) FROM " +
              staged + ")",
          {.positional = {text_of(first->name.key), text_of(last->name.key)}});
  // What another blob has, looked for where there is anything to look for: it takes reading all of them.
  const bool has_repeats =
      std::any_of(blobs.begin(), blobs.end(), [](const ImportedBlob& blob) { return blob.is_repeat; });
  const auto repeats =
      " WHERE NOT (is_repeat AND hash IN (SELECT hash FROM blob_store.object WHERE hash IN "
      "(SELECT hash FROM " +
      staged + " WHERE is_repeat) UNION ALL SELECT hash FROM " + staged + " WHERE NOT is_repeat))";
  if (done)
    done = run("INSERT INTO blob_store.object (" + std::string(kObjectColumns) +
               ") SELECT bucket, key, hash, bytes, content_type, '{}', created_us FROM " + staged + " s" +
               (has_repeats ? repeats : "") +
               " QUALIFY row_number() OVER (PARTITION BY bucket, key ORDER BY hash) = 1");
  if (done)
    done = run(
        "INSERT INTO blob_store.place (hash, bytes, chunk_sums, archive, archive_offset, stored_bytes, "
        "is_deflated, created_us) SELECT DISTINCT ON (s.hash, s.archive, s.archive_offset) s.hash, s.bytes, "
        "s.sums, s.archive, s.archive_offset, s.stored_bytes, s.is_deflated, " +
        std::to_string(now_us) + " FROM " + staged +
        " s WHERE NOT s.is_placed AND NOT EXISTS (SELECT 1 FROM blob_store.place p WHERE p.hash = s.hash AND "
        "p.archive IS NOT "
        "DISTINCT FROM s.archive AND p.archive_offset IS NOT DISTINCT FROM s.archive_offset)");
  session_.unstage("blobs");
  return done;
}

Status BlobTables::move_archive(const std::string& from, const std::string& to, const std::string& contents) {
  return run(
      "UPDATE blob_store.place SET archive = $1 WHERE archive = $2 AND (hash, archive_offset) IN (SELECT "
      "(hash, archive_offset) FROM (" +
          contents + ") c (hash, archive_offset))",
      {.positional = {text_of(to), text_of(from)}});
}

Status BlobTables::mark_unreferenced(std::int64_t now_us) {
  const std::string unreferenced = kUnreferenced;
  return in_transaction([&]() -> Status {
    LAKE_CHECK_OK(
        run("UPDATE blob_store.place SET unreferenced_us = NULL WHERE unreferenced_us IS NOT NULL AND NOT (" +
            unreferenced + ")"));
    return run(
        "UPDATE blob_store.place SET unreferenced_us = $1 WHERE unreferenced_us IS NULL AND " + unreferenced,
        {.positional = {now_us}});
  });
}

Result<std::vector<std::string>> BlobTables::unreferenced_since(std::int64_t us, std::uint64_t limit) {
  LAKE_TRY(const auto found,
           ask("SELECT DISTINCT hash FROM blob_store.place WHERE unreferenced_us <= $1 ORDER BY "
               "hash LIMIT " +
                   std::to_string(limit),
               {.positional = {us}}));
  return first_column(found);
}

Result<std::vector<std::string>> BlobTables::forget(const std::vector<std::string>& names) {
  const std::string condition =
      "hash IN (SELECT unnest(" + name_list(names) + ")) AND " + std::string(kUnreferenced);
  std::vector<std::string> forgotten;
  const auto done = in_transaction([&]() -> Status {
    LAKE_TRY(const auto found, ask("SELECT DISTINCT hash FROM blob_store.place WHERE " + condition));
    forgotten = first_column(found);
    if (forgotten.empty()) return ok();
    return run("DELETE FROM blob_store.place WHERE " + condition);
  });
  LAKE_CHECK_OK(done);
  return forgotten;
}

Result<std::vector<std::string>> BlobTables::known(const std::vector<std::string>& names) {
  LAKE_TRY(
      const auto found,
      or_empty(
          ask("SELECT DISTINCT hash FROM blob_store.place WHERE archive IS NULL AND hash IN (SELECT unnest(" +
              name_list(names) + "))")));
  return first_column(found);
}

Result<std::vector<BlobTables::Kept>> BlobTables::kept(std::span<const std::string> names) {
  codec::ColumnBatch batch(kNameTypes);
  for (const auto& name : names) {
    batch.column(0).append_text(name);
    batch.end_row();
  }
  LAKE_CHECK_OK(stage(batch, kNameNames));
  const auto found =
      or_empty(ask("SELECT DISTINCT hash, archive FROM blob_store.place WHERE damage IS NULL AND " +
                   std::string(kIsKept) + " AND hash IN (SELECT hash FROM " + kStaged + ")"));
  session_.unstage("blobs");
  if (!found) return found.error();
  std::vector<Kept> kept;
  for (const auto& row : found->rows) kept.push_back({row[0].value_or(""), row[1]});
  return kept;
}

Result<std::map<std::string, std::uint64_t>> BlobTables::used_bytes(const std::vector<std::string>& packs) {
  codec::ColumnBatch batch(kNameTypes);
  for (const auto& pack : packs) {
    batch.column(0).append_text(pack);
    batch.end_row();
  }
  LAKE_CHECK_OK(stage(batch, {"archive"}));
  const auto found = or_empty(ask(
      "SELECT archive, sum(stored_bytes)::BIGINT FROM (SELECT DISTINCT archive, archive_offset, stored_bytes "
      "FROM blob_store.place WHERE archive IN (SELECT archive FROM " +
      std::string(kStaged) + ")) GROUP BY archive"));
  session_.unstage("blobs");
  if (!found) return found.error();
  std::map<std::string, std::uint64_t> used;
  for (const auto& row : found->rows) used[row[0].value_or("")] = unsigned_of(row[1]);
  return used;
}

Result<std::vector<PlacedContent>> BlobTables::contents_of(const std::string& pack) {
  LAKE_TRY(const auto found,
           ask("SELECT " + std::string(kPlaceColumns) +
                   " FROM blob_store.place WHERE archive = $1 ORDER BY archive_offset, hash",
               {.positional = {text_of(pack)}}));
  return places_of(found.rows);
}

Status BlobTables::move_contents(const std::string& pack, std::span<const PlacedContent> contents) {
  codec::ColumnBatch batch(kMoveTypes);
  for (const auto& each : contents) {
    batch.column(0).append_text(each.sums.name());
    batch.column(1).append_text(each.place->path);
    batch.column(2).append_integer(static_cast<std::int64_t>(each.place->offset));
    batch.end_row();
  }
  LAKE_CHECK_OK(stage(batch, kMoveNames));
  const auto moved = in_transaction([&] {
    return run("UPDATE blob_store.place SET archive = s.archive, archive_offset = s.archive_offset FROM " +
                   std::string(kStaged) + " s WHERE place.hash = s.hash AND place.archive = $1",
               {.positional = {text_of(pack)}});
  });
  session_.unstage("blobs");
  return moved;
}

Result<std::vector<PlacedContent>> BlobTables::next_places(const std::string& after, std::uint64_t limit) {
  LAKE_TRY(const auto found,
           or_empty(ask(
               "SELECT " + std::string(kPlaceColumns) +
                   " FROM blob_store.place WHERE hash IN (SELECT DISTINCT hash FROM blob_store.place WHERE "
                   "hash > $1 ORDER BY hash LIMIT " +
                   std::to_string(limit) + ") ORDER BY hash",
               {.positional = {text_of(after)}})));
  return places_of(found.rows);
}

Status BlobTables::set_checked(const std::vector<PlacedContent>& looked_at, std::int64_t now_us) {
  if (looked_at.empty()) return ok();
  std::vector<std::string> names;
  for (const auto& content : looked_at) names.push_back(content.sums.name());
  return in_transaction([&]() -> Status {
    LAKE_CHECK_OK(
        run("UPDATE blob_store.place SET checked_us = $1, damage = NULL WHERE hash IN (SELECT unnest(" +
                name_list(names) + "))",
            {.positional = {now_us}}));
    for (const auto& content : looked_at) {
      if (!content.damage.empty()) LAKE_CHECK_OK(set_damage(content));
    }
    return ok();
  });
}

Status BlobTables::set_damage(const PlacedContent& content) {
  return run(
      "UPDATE blob_store.place SET damage = $1 WHERE hash = $2 AND archive IS NOT DISTINCT FROM $3 AND "
      "archive_offset IS NOT DISTINCT FROM $4",
      {.positional = {content.damage.empty() ? Parameter() : text_of(content.damage),
                      text_of(content.sums.name()),
                      content.place ? text_of(content.place->path) : Parameter(),
                      content.place ? number_of(content.place->offset) : Parameter()}});
}

Result<std::optional<std::int64_t>> BlobTables::least_recently_checked() {
  LAKE_TRY(const auto found,
           or_empty(ask("SELECT min(coalesce(checked_us, created_us)) FROM blob_store.place")));
  if (found.rows.empty() || !found.rows[0][0]) return std::optional<std::int64_t>();
  return std::optional<std::int64_t>(signed_of(found.rows[0][0]));
}

Result<std::uint64_t> BlobTables::damaged_count() {
  LAKE_TRY(const auto found,
           or_empty(ask("SELECT count(DISTINCT hash) FROM blob_store.place WHERE damage IS NOT NULL")));
  return found.rows.empty() ? 0 : unsigned_of(found.rows[0][0]);
}

}  // namespace lake::blobs
