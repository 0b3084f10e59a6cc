#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lake/blobs/blob.hpp"
#include "lake/query/session.hpp"

namespace lake::blobs {

/// One place where some content lies, with what is known of it.
struct PlacedContent {
  object::ContentSums sums;
  object::ContentPlace place;
  std::string damage;  // what the last look found; empty: nothing
};

/// The tables of the schema `blob_store` and their view `blobs`, through a session of the caller. Format:
/// docs/formats/blobs.md. A lake without them has no blobs: reading finds nothing. Errors everywhere: those
/// of Session. Threads: one.
class BlobTables {
 public:
  explicit BlobTables(query::Session& session) : session_(session) {}

  /// Makes what is missing. Inside or outside of a transaction.
  Status ensure();
  /// Makes the view `blobs`, unless the name is taken. Outside of a transaction.
  Status ensure_view();

  /// Runs `work` in a transaction of its own; again when it lost against another one.
  Status in_transaction(const std::function<Status()>& work);

  Result<std::optional<BlobInfo>> find(const BlobName& name);
  /// Every place of some content, objects of the store first.
  Result<std::vector<PlacedContent>> places(const std::string& content_name);
  /// In order of their keys: those that begin with `prefix` and come after `after`.
  Result<std::vector<BlobInfo>> list(const std::string& bucket, const std::string& prefix,
                                     const std::string& after, std::uint64_t limit);
  struct Bucket {
    std::string name;
    std::uint64_t blobs = 0;
    std::uint64_t bytes = 0;
  };
  Result<std::vector<Bucket>> buckets();
  /// Names of content that blobs have, in order, after `after`.
  Result<std::vector<std::string>> referenced(const std::string& after, std::uint64_t limit);
  /// Blobs whose content has no place.
  Result<std::vector<BlobName>> lost(std::uint64_t limit);
  /// Distinct content that lies in the store.
  Result<std::uint64_t> stored_bytes();

  Status remove(const BlobName& name);
  Status insert(const BlobInfo& blob);
  Status insert_place(const object::ContentSums& sums, const object::ContentPlace& place,
                      std::int64_t now_us);
  /// In place of blobs of the same names; places that are known already are not added again.
  Status insert_imported(std::span<const ImportedBlob> blobs, std::int64_t now_us);

  /// Places in an archive that is somewhere else now: of those at `from`, which may have been another
  /// archive's since, the ones of `contents`, a query that gives hashes and offsets.
  Status move_archive(const std::string& from, const std::string& to, const std::string& contents);

  /// Notes since when content has had nobody referring to it.
  Status mark_unreferenced(std::int64_t now_us);
  /// Names of content that has had nobody since before `us`.
  Result<std::vector<std::string>> unreferenced_since(std::int64_t us, std::uint64_t limit);
  /// Forgets those of `names` that still nobody refers to; gives which, in the store or not.
  Result<std::vector<std::string>> forget(const std::vector<std::string>& names);
  /// Which of `names` have a place in the store under their own name.
  Result<std::vector<std::string>> known(const std::vector<std::string>& names);
  /// Some content that lies in the store as far as the tables know.
  struct Kept {
    std::string name;
    std::optional<std::string> pack;  // nothing: an object of its own
  };
  /// Which of `names` lie in the store, in packs or not, and were not found damaged; in no order.
  Result<std::vector<Kept>> kept(std::span<const std::string> names);
  /// How many bytes of each of these packs are some content's; those that no content lies in are left out.
  Result<std::map<std::string, std::uint64_t>> used_bytes(const std::vector<std::string>& packs);
  /// All contents in a pack, in the order they lie in it.
  Result<std::vector<PlacedContent>> contents_of(const std::string& pack);
  /// Contents that lay in `pack` lie in these ranges now.
  Status move_contents(const std::string& pack, std::span<const PlacedContent> contents);

  /// Places in order of content names, after `after`.
  Result<std::vector<PlacedContent>> next_places(const std::string& after, std::uint64_t limit);
  /// Notes what a look at all places of some contents found.
  Status set_checked(const std::vector<PlacedContent>& looked_at, std::int64_t now_us);
  /// Notes the damage of one place, or that there is none.
  Status set_damage(const PlacedContent& content);
  Result<std::uint64_t> damaged_count();
  Result<std::optional<std::int64_t>> least_recently_checked();

 private:
  /// Until session_.unstage("blobs"); `batch` lives so long.
  Status stage(const codec::ColumnBatch& batch, const std::vector<std::string>& names);
  Status run(const std::string& sql, const query::Parameters& parameters = {});
  Result<query::Session::TextResult> ask(const std::string& sql, const query::Parameters& parameters = {});
  query::Session& session_;
};

}  // namespace lake::blobs
