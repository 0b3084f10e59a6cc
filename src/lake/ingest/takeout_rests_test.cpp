#include "lake/ingest/takeout_rests.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace lake::ingest {
namespace {

/// Some text, then its end or damage.
class TextSource final : public archive::ByteSource {
 public:
  TextSource(const std::string& text, bool is_damaged) : text_(text), is_damaged_(is_damaged) {}
  archive::Sound<std::size_t> read(std::span<std::byte> out) override {
    // Not all that is asked for: pieces of many sizes.
    const auto count = std::min({out.size(), text_.size() - position_, std::size_t{50'001}});
    std::copy_n(reinterpret_cast<const std::byte*>(text_.data()) + position_, count, out.data());
    position_ += count;
    if (count == 0 && is_damaged_) return archive::Finding(archive::Flaw::kDamaged, position_, "damaged");
    return count;
  }
  [[nodiscard]] std::uint64_t file_offset() const override { return position_; }

 private:
  const std::string& text_;
  const bool is_damaged_;
  std::size_t position_ = 0;
};

std::string text_of(std::size_t bytes, unsigned seed) {
  std::string text(bytes, '\0');
  std::uint32_t state = seed * 2654435761U + 1;
  for (char& c : text) c = static_cast<char>((state = state * 1664525U + 1013904223U) >> 24U);
  return text;
}

const object::ArchiveRange kPlace{"/a.zip", 0, 1, false};

std::unique_ptr<OpenEntry> open(const std::string& text, ReadingPulse& pulse, bool is_damaged = false) {
  archive::EntryReader::Expectation expected;
  expected.archive = "a";
  expected.entry = "e";
  expected.stored_bytes = text.size();
  auto entry =
      std::make_unique<OpenEntry>(std::make_unique<archive::EntryReader>(
                                      std::make_unique<TextSource>(text, is_damaged), std::move(expected)),
                                  pulse, text.size());
  auto& blob = entry->blob;
  blob.emplace(nullptr, kPlace);
  entry->content.tap([&blob](std::span<const std::byte> bytes) { blob->take(bytes); });
  return entry;
}

TEST(Rests, AreSummedTogetherAsAlone) {
  ReadingPulse pulse;
  std::vector<std::string> texts;
  std::vector<std::unique_ptr<OpenEntry>> entries;
  std::vector<OpenEntry*> all;
  std::uint64_t bytes = 0;
  for (const std::size_t size :
       {3'000'000, 70'000, 1'048'576, 2'500'001, 0, 131'072, 66'000, 900'000, 65'536})
    texts.push_back(text_of(size, static_cast<unsigned>(texts.size())));
  for (const auto& text : texts) {
    all.push_back(entries.emplace_back(open(text, pulse)).get());
    bytes += text.size();
  }
  read_rests(all);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(entries[i]->content.hash(), codec::xxh3_64(texts[i]));
    EXPECT_EQ(entries[i]->content.bytes(), texts[i].size());
    const auto blob = entries[i]->blob->finish();
    ASSERT_TRUE(blob);
    EXPECT_EQ(blob->sums.hash, codec::sha256(texts[i])) << i;
    EXPECT_EQ(blob->sums.bytes, texts[i].size());
    object::ContentSummer alone;
    alone.update(std::as_bytes(std::span(texts[i])));
    EXPECT_EQ(blob->sums.chunks, alone.sums().chunks) << i;
  }
  EXPECT_EQ(pulse.content_bytes, bytes);
}

TEST(Rests, OneThatIsDamagedEndsAlone) {
  ReadingPulse pulse;
  const auto text = text_of(400'000, 1);
  const auto good = open(text, pulse);
  const auto bad = open(text, pulse, true);
  const auto other = open(text, pulse);
  const std::vector<OpenEntry*> all{good.get(), bad.get(), other.get()};
  read_rests(all);
  EXPECT_TRUE(bad->content.failure());
  for (const auto* each : {good.get(), other.get()}) {
    EXPECT_FALSE(each->content.failure());
    EXPECT_EQ(each->content.hash(), codec::xxh3_64(text));
  }
  EXPECT_EQ(good->blob->finish()->sums.hash, codec::sha256(text));
}

TEST(Rests, EndWhereTheImportDoes) {
  ReadingPulse pulse;
  const auto text = text_of(400'000, 1);
  const auto one = open(text, pulse);
  const auto other = open(text, pulse);
  pulse.stopped = true;
  const std::vector<OpenEntry*> all{one.get(), other.get()};
  read_rests(all);
  EXPECT_TRUE(one->content.is_stopped());
  EXPECT_TRUE(other->content.is_stopped());
}

}  // namespace
}  // namespace lake::ingest
