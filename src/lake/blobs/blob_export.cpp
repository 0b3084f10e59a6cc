#include "lake/blobs/blob_export.hpp"

#include "lake/object/local_object_store.hpp"

namespace lake::blobs {

namespace {

constexpr std::uint64_t kContentsAtOnce = 1000;

/// A failure to read is one content's, a failure to write ends the export.
Result<bool> copy(object::ContentReader& reader, object::ObjectWriter& out, BlobExport& exported,
                  const std::function<Status(std::uint64_t)>& go_on) {
  while (true) {
    const auto piece = reader.next();
    if (!piece) {
      exported.failures.push_back(piece.error());
      return false;
    }
    if (piece->empty()) return true;
    LAKE_CHECK_OK(out.write(*piece));
    exported.bytes += piece->size();
    LAKE_CHECK_OK(go_on(piece->size()));
  }
}

}  // namespace

Result<BlobExport> export_blobs(query::Session& session, BlobStore& blobs, os::FileSystem& files,
                                os::Random& random, const std::string& directory,
                                const std::function<Status(std::uint64_t)>& go_on) {
  BlobTables tables(session);
  BlobExport exported;
  const auto target = os::join_path(directory, "blobs");
  LAKE_TRY(const auto store, object::LocalObjectStore::open(files, random, target));
  std::string last;
  while (true) {
    LAKE_TRY(const auto names, tables.referenced(last, kContentsAtOnce));
    for (const auto& name : names) {
      last = name;
      LAKE_TRY(auto places, tables.places(name));
      BlobInfo info;
      info.name = {"", name};
      info.bytes = places.empty() ? 0 : places.front().sums.bytes;
      const OpenBlob blob(blobs.content(), info, std::move(places));
      const auto reader = blob.read(0, info.bytes);
      if (!reader) {
        exported.failures.push_back(reader.error());
        continue;
      }
      LAKE_TRY(const auto writer, store->create());
      LAKE_TRY(const bool whole, copy(**reader, *writer, exported, go_on));
      if (!whole) continue;
      LAKE_CHECK_OK(writer->commit(object::object_name_of(name)));
      ++exported.contents;
    }
    if (names.size() < kContentsAtOnce) break;
  }
  LAKE_CHECK_OK(files.remove_tree(os::join_path(target, ".partial")));
  return exported;
}

}  // namespace lake::blobs
