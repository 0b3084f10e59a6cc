#include "lake/http/multipart.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace lake::http {
namespace {

/// Writes down what it is told.
class Notes final : public MultipartReader::Sink {
 public:
  Status begin(const MultipartReader::Head& head) override {
    text += "[" + head.name + (head.file_name ? "=" + *head.file_name : "") + "]";
    return ok();
  }
  Status bytes(std::string_view bytes) override {
    text += bytes;
    return full ? Status(Error(ErrorCode::kResourceExhausted, "full")) : ok();
  }
  Status end() override {
    text += "|";
    return ok();
  }
  std::string text;
  bool full = false;
};

const std::string kBody =
    "preamble\r\n--XX\r\nContent-Disposition: form-data; name=\"time_zone\"\r\n\r\nEurope/Berlin\r\n"
    "--XX\r\ncontent-type: application/zip\r\ncontent-disposition: form-data; name=file; "
    "filename=\"a \\\"b\\\".zip\"\r\n\r\nPK\r\n--X\r\n--XY\r\n\r\n-\r\n--XX \r\n"
    "Content-Disposition: form-data; name=\"empty\"; filename=\"\"\r\n\r\n\r\n--XX--\r\nepilogue\r\n--XX\r\n";
const std::string kParts = "[time_zone]Europe/Berlin|[file=a \"b\".zip]PK\r\n--X\r\n--XY\r\n\r\n-|[empty=]|";

TEST(Multipart, IsTheSameHoweverItIsCut) {
  for (std::size_t piece = 1; piece <= kBody.size(); ++piece) {
    Notes notes;
    MultipartReader reader("XX", notes);
    for (std::size_t at = 0; at < kBody.size(); at += piece)
      ASSERT_TRUE(reader.feed(std::string_view(kBody).substr(at, piece))) << piece;
    EXPECT_TRUE(reader.finish()) << piece;
    EXPECT_EQ(notes.text, kParts) << piece;
  }
}

TEST(Multipart, ABodyThatEndsEarlyIsRefused) {
  const auto last = kBody.find("--XX--");
  for (std::size_t size = 0; size < last + 6; ++size) {
    Notes notes;
    MultipartReader reader("XX", notes);
    ASSERT_TRUE(reader.feed(std::string_view(kBody).substr(0, size)));
    EXPECT_EQ(reader.finish().error().code(), ErrorCode::kInvalidArgument) << size;
  }
}

TEST(Multipart, WhatIsNoFormIsRefused) {
  for (const auto* bad : {"--XX\r\n\r\n\r\nno name\r\n--XX--", "--XXother\r\n",
                          "--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--"}) {
    Notes notes;
    MultipartReader reader("XX", notes);
    EXPECT_EQ(reader.feed(bad).error().code(), ErrorCode::kInvalidArgument) << bad;
  }
  Notes notes;
  MultipartReader reader("XX", notes);
  EXPECT_FALSE(reader.feed("--XX\r\n" + std::string(MultipartReader::kHeaderBytesMax, 'x')));
}

TEST(Multipart, ErrorsOfTheSinkEndIt) {
  Notes notes;
  notes.full = true;
  MultipartReader reader("XX", notes);
  EXPECT_EQ(reader.feed(kBody).error().code(), ErrorCode::kResourceExhausted);
}

TEST(Multipart, BoundariesAreRead) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a;b\""), "a;b");
  for (const auto* none : {"multipart/form-data", "multipart/form-data; boundary=",
                           "multipart/mixed; boundary=a", "application/json", ""}) {
    EXPECT_FALSE(multipart_boundary(none)) << none;
  }
  EXPECT_FALSE(multipart_boundary("multipart/form-data; boundary=" + std::string(71, 'x')));
}

}  // namespace
}  // namespace lake::http
