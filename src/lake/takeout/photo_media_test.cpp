#include <gtest/gtest.h>

#include "lake/takeout/file_products.hpp"
#include "lake/takeout/media_headers.hpp"
#include "lake/takeout/parser_fixture.hpp"

namespace lake::takeout {
namespace {

std::string big(std::uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = bytes; i-- > 0;) text += static_cast<char>(value >> (8 * i) & 0xFFU);
  return text;
}

/// A TIFF structure in either order of bytes: times, a place, the camera.
class TiffText {
 public:
  explicit TiffText(bool is_big) : is_big_(is_big) {}
  std::string build() {
    const std::size_t main = 8;
    constexpr std::size_t kEntry = 12;
    const std::size_t exif = main + 2 + 4 * kEntry + 4;
    const std::size_t gps = exif + 2 + 2 * kEntry + 4;
    data_at_ = gps + 2 + 6 * kEntry + 4;
    std::string directories = number(4, 2) + text(0x010F, "Example Corp") + text(0x0110, "One") +
                              entry(0x8769, 4, 1, number(exif, 4)) + entry(0x8825, 4, 1, number(gps, 4)) +
                              number(0, 4);
    directories += number(2, 2) + text(0x9003, "2019:08:12 14:47:21") + text(0x9011, "+02:00") + number(0, 4);
    directories += number(6, 2) + text(1, "S") + degrees(2, 33, 51, 3540) + text(3, "E") +
                   degrees(4, 151, 12, 4000) + entry(5, 1, 1, std::string("\1\0\0\0", 4)) +
                   rational(6, 125, 10) + number(0, 4);
    return (is_big_ ? std::string("MM\0*", 4) : std::string("II*\0", 4)) + number(main, 4) + directories +
           data_;
  }

 private:
  std::string number(std::uint64_t value, std::size_t bytes) {
    auto text = big(value, bytes);
    if (!is_big_) std::reverse(text.begin(), text.end());
    return text;
  }
  std::string entry(std::uint16_t tag, std::uint16_t type, std::uint32_t count, const std::string& value) {
    return number(tag, 2) + number(type, 2) + number(count, 4) + value;
  }
  std::string text(std::uint16_t tag, std::string value) {
    value += '\0';
    const auto count = static_cast<std::uint32_t>(value.size());
    if (value.size() > 4) return entry(tag, 2, count, far(value));
    value.resize(4);
    return entry(tag, 2, count, value);
  }
  std::string rational(std::uint16_t tag, std::uint32_t above, std::uint32_t below) {
    return entry(tag, 5, 1, far(number(above, 4) + number(below, 4)));
  }
  std::string degrees(std::uint16_t tag, std::uint32_t whole, std::uint32_t minutes,
                      std::uint32_t seconds_100) {
    return entry(tag, 5, 3,
                 far(number(whole, 4) + number(1, 4) + number(minutes, 4) + number(1, 4) +
                     number(seconds_100, 4) + number(100, 4)));
  }
  std::string far(const std::string& bytes) {
    const auto at = data_at_ + data_.size();
    data_ += bytes;
    return number(at, 4);
  }
  bool is_big_;
  std::size_t data_at_ = 0;
  std::string data_;
};

std::string segment(unsigned char marker, const std::string& body) {
  return std::string("\xFF") + static_cast<char>(marker) + big(body.size() + 2, 2) + body;
}

std::string jpeg(const std::string& exif) {
  return std::string("\xFF\xD8") + segment(0xE0, "JFIF") + segment(0xE1, std::string("Exif\0\0", 6) + exif) +
         segment(0xC0, std::string("\x08\x02\x58\x03\x20", 5)) + std::string("\xFF\xDA\x00\x02", 4);
}

std::string box(const std::string& kind, const std::string& body) {
  return big(body.size() + 8, 4) + kind + body;
}

std::string movie(std::uint64_t seconds_since_1904) {
  return box("moov",
             box("mvhd", big(0, 4) + big(seconds_since_1904, 4) + big(0, 4) + big(1000, 4) + big(2500, 4)) +
                 box("trak", box("tkhd", std::string(76, '\0') + big(1920, 2) + big(0, 2) + big(1080, 2) +
                                             big(0, 2))));
}

const std::string kTold =
    "exif_local_us=1565621241000000 exif_offset_min=120 lat_e7=-338598333 lon_e7=1512111111 "
    "altitude_m=-12.500000 "
    "camera_make=Example Corp camera_model=One";

TEST(PhotoMediaTest, situations) {
  const auto file = [](const std::string& mime, const std::string& rest) {
    return "media_file: directory=Google Photos/A/ name=IMG_1.jpg product=Google Photos mime=" + mime + rest;
  };
  std::string heic_exif = big(6, 4) + std::string("Exif\0\0", 6) + TiffText(true).build();
  const auto heic_with = [&](std::uint64_t at) {
    return box("ftyp", "heic" + big(0, 4)) +
           box("meta",
               big(0, 4) +
                   box("iinf", big(0, 4) + big(1, 2) +
                                   box("infe", big(2U << 24U, 4) + big(7, 2) + big(0, 2) + "Exif")) +
                   box("iloc", big(1U << 24U, 4) + big(0x44, 1) + big(0, 1) + big(1, 2) + big(7, 2) +
                                   big(0, 2) + big(0, 2) + big(1, 2) + big(at, 4) +
                                   big(heic_exif.size(), 4)) +
                   box("iprp", box("ipco", box("ispe", big(0, 4) + big(512, 4) + big(512, 4)) +
                                               box("ispe", big(0, 4) + big(4032, 4) + big(3024, 4)))));
  };
  const auto heic_head = heic_with(0).size() + 8;
  const auto heic = heic_with(heic_head) + box("mdat", heic_exif);
  expect_cases(
      kMedia, "Takeout/Google Photos/A/IMG_1.jpg",
      {{"a JPEG, large numbers first",
        jpeg(TiffText(true).build()),
        {file("image/jpeg", " width=800 height=600 " + kTold)}},
       {"small numbers first",
        jpeg(TiffText(false).build()),
        {file("image/jpeg", " width=800 height=600 " + kTold)}},
       {"cut in its EXIF",
        jpeg(TiffText(true).build()).substr(0, 60),
        {file("image/jpeg", " camera_model=One")}},
       {"its EXIF is noise",
        jpeg(std::string("MM\0*\xFF\xFF\xFF\xFF????????", 16)),
        {file("image/jpeg", " width=800 height=600")}},
       {"HEIC", heic, {file("image/heic", " width=4032 height=3024 " + kTold)}},
       {"HEIC whose EXIF is told to lie beyond the file",
        heic_with(1U << 30U) + box("mdat", heic_exif),
        {file("image/heic", " width=4032 height=3024")}},
       {"PNG",
        "\x89PNG\r\n\x1a\n" + big(13, 4) + "IHDR" + big(30, 4) + big(20, 4) + std::string(9, '\0') +
            big(0, 4) + "IEND",
        {file("image/png", " width=30 height=20")}},
       {"GIF", "GIF89a" + std::string("\x20\x03\x58\x02", 4), {file("image/gif", " width=800 height=600")}},
       {"WebP",
        "RIFF" + std::string(4, '\0') + "WEBPVP8X" +
            std::string("\x0A\0\0\0\0\0\0\0\x1F\x03\0\x57\x02\0", 14),
        {file("image/webp", " width=800 height=600")}},
       {"a film, its header behind its data",
        box("ftyp", "isom" + big(0, 4)) + box("mdat", std::string(300'000, 'x')) + movie(3'648'466'041),
        {file("video/mp4", " width=1920 height=1080 film_us=1565621241000000 duration_ms=2500")}},
       {"a film whose clock was never set",
        box("ftyp", "qt  " + big(0, 4)) + movie(0),
        {file("video/quicktime", " width=1920 height=1080 duration_ms=2500")}},
       {"a film with a box without end",
        box("ftyp", "isom" + big(0, 4)) + big(1, 4) + "mdat" + big(UINT64_MAX, 8),
        {file("video/mp4", "")}},
       {"a box of no size",
        box("ftyp", "isom" + big(0, 4)) + big(4, 4) + "free" + movie(1),
        {file("video/mp4", "")}}});
}

TEST(PhotoMediaTest, what_is_no_picture_is_not_claimed) {
  for (const std::string_view text :
       {"", "\xFF\xD8", "PNG", "%PDF-1.4", "RIFF....WAVE", "    ftypM4A     ", "ID3\3"})
    EXPECT_EQ(media_mime(text), "") << text;
}

TEST(PhotoMediaTest, a_name_tells_a_time) {
  const auto parsed = parse(kMedia, "P/IMG_20190812_144721.jpg", jpeg(""));
  EXPECT_EQ(parsed.rows, (std::vector<std::string>{
                             "media_file: directory=P/ name=IMG_20190812_144721.jpg product=P "
                             "mime=image/jpeg width=800 height=600 name_local_us=1565621241000000"}));
}

}  // namespace
}  // namespace lake::takeout
