#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <optional>
#include <string>

#include "lake/blobs/blob_store.hpp"
#include "lake/object/local_object_store.hpp"
#include "lake/query/plain_engine.hpp"
#include "lake/sim/clock.hpp"
#include "lake/sim/file_system.hpp"

namespace lake::blobs {

/// Blobs on a simulated disk, with their tables in a plain engine.
class BlobTest : public ::testing::Test {
 protected:
  BlobTest()
      : objects_(*object::LocalObjectStore::open(files_, random_, "/blobs")),
        content_(*objects_, files_, metrics_) {
    open();
  }
  void open(BlobOptions options = {}) {
    blobs_.emplace(engine_.sessions(), content_, clock_, metrics_, options);
  }

  static BodySource source_of(std::string text) {
    return
        [text = std::move(text), at = std::size_t{0}](std::span<char> into) mutable -> Result<std::size_t> {
          const auto count = std::min(into.size(), text.size() - at);
          std::memcpy(into.data(), text.data() + at, count);
          at += count;
          return count;
        };
  }
  Result<PutResult> put(const std::string& key, const std::string& text, const Conditions& conditions = {}) {
    PutRequest request;
    request.name = {"b", key};
    request.conditions = conditions;
    return blobs_->put(request, source_of(text));
  }
  Result<std::string> get(const std::string& key) {
    LAKE_TRY(const auto blob, blobs_->open({"b", key}));
    LAKE_TRY(const auto reader, blob.read(0, blob.info().bytes));
    std::string text;
    while (true) {
      LAKE_TRY(const auto piece, reader->next());
      if (piece.empty()) return text;
      text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    }
  }
  std::string ask(const std::string& sql) {
    return query::encoded(*engine_.session(), sql, query::Format::kCsv);
  }
  std::string path_of(const std::string& text) {
    return "/blobs/" + object::object_name_of(codec::hex_of(codec::sha256(text)));
  }
  void flip(const std::string& path, std::uint64_t offset) {
    const auto file = files_.open(path, os::OpenMode::kReadWrite);
    ASSERT_TRUE(file);
    std::array<std::byte, 1> byte{};
    ASSERT_EQ((*file)->read_at(offset, byte).value(), 1U);
    byte[0] ^= std::byte{1};
    ASSERT_TRUE((*file)->write_at(offset, byte));
    ASSERT_TRUE((*file)->close());
  }

  sim::SimClock clock_;
  sim::SimFileSystem files_{clock_};
  os::SeededRandom random_{1};
  telemetry::Metrics metrics_;
  query::PlainEngine engine_;
  std::unique_ptr<object::LocalObjectStore> objects_;
  object::ContentStore content_;
  std::optional<BlobStore> blobs_;
};

}  // namespace lake::blobs
