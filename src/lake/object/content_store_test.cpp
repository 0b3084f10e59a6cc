#include "lake/object/content_store.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <set>

#include "lake/object/local_object_store.hpp"
#include "lake/sim/clock.hpp"
#include "lake/sim/file_system.hpp"

namespace lake::object {
namespace {

std::string patterned(std::size_t size, std::uint64_t seed = 7) {
  os::SeededRandom random(seed);
  std::string text;
  while (text.size() < size) text += std::to_string(random.next());
  text.resize(size);
  return text;
}

std::string deflated(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

class ContentStoreTest : public ::testing::Test {
 protected:
  ContentStoreTest()
      : objects_(*LocalObjectStore::open(files_, random_, "/blobs")), store_(*objects_, files_, metrics_) {}

  Result<StoredContent> put(const std::string& text, bool replace = false) {
    LAKE_TRY(const auto writer, store_.create());
    for (std::size_t at = 0; at < text.size(); at += 100'000) {
      LAKE_CHECK_OK(writer->write(
          std::as_bytes(std::span(text).subspan(at, std::min<std::size_t>(100'000, text.size() - at)))));
    }
    return writer->finish(replace);
  }
  Result<std::string> get(const ContentSums& sums, const ContentPlace& place, std::uint64_t offset,
                          std::uint64_t count) {
    LAKE_TRY(const auto reader, store_.read(sums, place, offset, count));
    std::string text;
    while (true) {
      LAKE_TRY(const auto piece, reader->next());
      if (piece.empty()) return text;
      EXPECT_LE(piece.size(), kChunkBytes);
      text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    }
  }
  void flip(const std::string& path, std::uint64_t offset) {
    const auto file = files_.open(path, os::OpenMode::kReadWrite);
    std::array<std::byte, 1> byte{};
    ASSERT_EQ((*file)->read_at(offset, byte).value(), 1U);
    byte[0] ^= std::byte{1};
    ASSERT_TRUE((*file)->write_at(offset, byte));
    ASSERT_TRUE((*file)->close());
  }
  void write_file(const std::string& path, const std::string& bytes) {
    ASSERT_TRUE(files_.replace_file(path, bytes));
  }
  std::set<std::string> names() {
    std::set<std::string> found;
    EXPECT_TRUE(store_.list([&](const std::string& name, const ObjectInfo&) {
      found.insert(name);
      return ok();
    }));
    return found;
  }

  sim::SimClock clock_;
  sim::SimFileSystem files_{clock_};
  os::SeededRandom random_{1};
  telemetry::Metrics metrics_;
  std::unique_ptr<LocalObjectStore> objects_;
  ContentStore store_;
};

TEST_F(ContentStoreTest, ContentIsNamedByItsHashAndStoredOnce) {
  const auto first = put("abc");
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->is_new);
  EXPECT_EQ(first->sums.name(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(files_.read_file("/blobs/ba/78/" + first->sums.name()).value(), "abc");
  EXPECT_FALSE(put("abc")->is_new);
  EXPECT_EQ(names().size(), 1U);
  EXPECT_TRUE(files_.list("/blobs/.partial")->empty());
}

TEST_F(ContentStoreTest, EveryRangeGivesTheSameBytes) {
  for (const std::size_t size :
       {0UL, 1UL, kChunkBytes - 1, kChunkBytes, kChunkBytes + 1, 3 * kChunkBytes + 12345}) {
    const auto text = patterned(size);
    const auto packed_text = deflated(text);
    const std::string head = "an archive before it";
    write_file("/archive", head + text + "between" + packed_text + "behind");
    const auto sums = put(text)->sums;
    ASSERT_EQ(sums.chunks.size(), (size + kChunkBytes - 1) / kChunkBytes);
    EXPECT_EQ(unpacked_chunks(packed(sums.chunks)), sums.chunks);
    const ContentPlace plain = ArchiveRange{"/archive", head.size(), size, false};
    const ContentPlace compressed =
        ArchiveRange{"/archive", head.size() + size + 7, packed_text.size(), true};
    os::SeededRandom dice(size);
    for (int i = 0; i < 20; ++i) {
      const auto offset = i == 0 ? 0 : dice.next() % (size + 1);
      const auto count = i == 0 ? size : dice.next() % (size - offset + 1);
      const auto wanted = text.substr(offset, count);
      EXPECT_TRUE(get(sums, {}, offset, count).value() == wanted) << offset << "+" << count;
      EXPECT_TRUE(get(sums, plain, offset, count).value() == wanted) << offset << "+" << count;
      EXPECT_TRUE(get(sums, compressed, offset, count).value() == wanted) << offset << "+" << count;
    }
    const auto go_on = [](std::uint64_t) { return ok(); };
    EXPECT_TRUE(store_.verify(sums, {}, go_on));
    EXPECT_TRUE(store_.verify(sums, compressed, go_on));
    EXPECT_EQ(store_.read(sums, {}, size, 1).error().code(), ErrorCode::kInvalidArgument);
  }
}

TEST_F(ContentStoreTest, AFlippedByteIsFoundInItsChunk) {
  const auto text = patterned(3 * kChunkBytes);
  const auto sums = put(text)->sums;
  const auto path = "/blobs/" + object_name_of(sums.name());
  flip(path, kChunkBytes + 5);
  EXPECT_TRUE(get(sums, {}, 0, kChunkBytes).value() == text.substr(0, kChunkBytes));
  EXPECT_TRUE(get(sums, {}, 2 * kChunkBytes, 10).value() == text.substr(2 * kChunkBytes, 10));
  const auto damaged = get(sums, {}, kChunkBytes + 100, 10);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code(), ErrorCode::kCorruption);
  EXPECT_NE(damaged.error().message().find(sums.name()), std::string::npos);
  EXPECT_EQ(store_.verify(sums, {}, [](std::uint64_t) { return ok(); }).error().code(),
            ErrorCode::kCorruption);
  EXPECT_NE(metrics_.exposition().find("dplake_blob_corruptions_total 2"), std::string::npos);
  EXPECT_FALSE(put(text)->is_new);
  EXPECT_FALSE(get(sums, {}, kChunkBytes, 1));
  ASSERT_TRUE(put(text, true));
  EXPECT_TRUE(get(sums, {}, 0, text.size()).value() == text);
}

TEST_F(ContentStoreTest, ShortGoneAndMovedBytesAreTold) {
  const auto text = patterned(1000);
  const auto sums = put(text)->sums;
  const auto path = "/blobs/" + object_name_of(sums.name());
  write_file("/archive", deflated(text));
  const ContentPlace place = ArchiveRange{"/archive", 0, deflated(text).size(), true};
  EXPECT_TRUE(get(sums, place, 0, 1000));
  write_file("/archive", deflated(text).substr(0, 100));
  EXPECT_EQ(get(sums, place, 0, 1000).error().code(), ErrorCode::kCorruption);
  write_file("/archive", deflated(patterned(1000, 8)));
  EXPECT_EQ(get(sums, place, 0, 1000).error().code(), ErrorCode::kCorruption);
  ASSERT_TRUE(files_.remove_file("/archive"));
  EXPECT_EQ(get(sums, place, 0, 1000).error().code(), ErrorCode::kUnavailable);
  write_file(path, text.substr(1));
  EXPECT_EQ(get(sums, {}, 0, 10).error().code(), ErrorCode::kCorruption);
  ASSERT_TRUE(files_.remove_file(path));
  EXPECT_EQ(get(sums, {}, 0, 10).error().code(), ErrorCode::kNotFound);
}

TEST_F(ContentStoreTest, ArchivesOfTheLakeMoveWithIt) {
  const auto text = patterned(1000);
  const auto sums = put(text)->sums;
  const ContentStore before(*objects_, files_, metrics_, "/lake");
  EXPECT_EQ(before.kept_path("/lake/archives/a"), "archives/a");
  EXPECT_EQ(before.kept_path("/lakes/archives/a"), "/lakes/archives/a");
  EXPECT_EQ(store_.kept_path("/lake/archives/a"), "/lake/archives/a");
  const ContentPlace place = ArchiveRange{before.kept_path("/lake/archives/a"), 3, 1000, false};
  ContentStore after(*objects_, files_, metrics_, "/moved");
  const auto go_on = [](std::uint64_t) { return ok(); };
  EXPECT_EQ(after.verify(sums, place, go_on).error().code(), ErrorCode::kUnavailable);
  ASSERT_TRUE(files_.create_directories("/moved/archives"));
  write_file("/moved/archives/a", "xyz" + text);
  EXPECT_TRUE(after.verify(sums, place, go_on));
}

TEST_F(ContentStoreTest, OnlyCondemnedContentIsRemoved) {
  auto kept = put("kept");
  auto gone = put("gone");
  const auto kept_name = kept->sums.name();
  const auto gone_name = gone->sums.name();
  gone->lease.reset();
  const auto condemned = store_.leases().condemn({kept_name, gone_name});
  ASSERT_TRUE(store_.remove(*condemned));
  EXPECT_EQ(names(), std::set<std::string>{kept_name});
}

}  // namespace
}  // namespace lake::object
