// Headers of pictures and films: the containers around EXIF. Every length is checked against the bytes there
// are; each loop goes forward.
#include "lake/takeout/media_headers.hpp"

#include <algorithm>
#include <span>

namespace lake::takeout {
namespace {

constexpr std::int64_t kMacToUnixSeconds = 2'082'844'800;
constexpr std::size_t kItemsMax = 1024;

/// A number whose first byte is the largest; 0 beyond the text.
std::uint64_t big(std::string_view text, std::size_t at, std::size_t bytes) {
  if (at > text.size() || bytes > text.size() - at) return 0;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8U | static_cast<unsigned char>(text[at + i]);
  return value;
}

std::uint64_t little(std::string_view text, std::size_t at, std::size_t bytes) {
  if (at > text.size() || bytes > text.size() - at) return 0;
  std::uint64_t value = 0;
  for (std::size_t i = bytes; i-- > 0;) value = value << 8U | static_cast<unsigned char>(text[at + i]);
  return value;
}

std::string_view part(std::string_view text, std::uint64_t at, std::uint64_t bytes) {
  if (at >= text.size()) return {};
  return text.substr(at, bytes);
}

std::optional<std::int64_t> size_of(std::uint64_t value) {
  if (value == 0 || value > 0x7FFFFFFF) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

void read_jpeg(std::string_view bytes, MediaHeader& header) {
  std::size_t at = 2;
  bool has_exif = false;
  while (at + 4 <= bytes.size()) {
    const auto marker = static_cast<unsigned char>(bytes[at + 1]);
    if (static_cast<unsigned char>(bytes[at]) != 0xFF) return;
    if (marker == 0xFF) {  // filling
      ++at;
      continue;
    }
    if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
      at += 2;
      continue;
    }
    const auto size = big(bytes, at + 2, 2);
    if (marker == 0xD9 || marker == 0xDA || size < 2) return;
    const auto body = part(bytes, at + 4, size - 2);
    if (marker == 0xE1 && !has_exif && body.starts_with(std::string_view("Exif\0\0", 6))) {
      has_exif = true;
      read_exif(body.substr(6), header);
    }
    const bool is_frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (is_frame) {
      header.height = size_of(big(body, 1, 2));
      header.width = size_of(big(body, 3, 2));
      return;
    }
    at += 2 + size;
  }
}

void read_png(std::string_view bytes, MediaHeader& header) {
  std::size_t at = 8;
  while (at + 12 <= bytes.size()) {
    const auto size = big(bytes, at, 4);
    const auto kind = bytes.substr(at + 4, 4);
    const auto body = part(bytes, at + 8, size);
    if (kind == "IHDR") {
      header.width = size_of(big(body, 0, 4));
      header.height = size_of(big(body, 4, 4));
    }
    if (kind == "eXIf") read_exif(body, header);
    if (kind == "IDAT" || kind == "IEND" || size > bytes.size()) return;
    at += 12 + size;
  }
}

void read_webp(std::string_view bytes, MediaHeader& header) {
  std::size_t at = 12;
  while (at + 8 <= bytes.size()) {
    const auto kind = bytes.substr(at, 4);
    const auto size = little(bytes, at + 4, 4);
    const auto body = part(bytes, at + 8, size);
    if (kind == "VP8X" && body.size() >= 10) {
      header.width = size_of(little(body, 4, 3) + 1);
      header.height = size_of(little(body, 7, 3) + 1);
    }
    if (kind == "EXIF")
      read_exif(body.starts_with(std::string_view("Exif\0\0", 6)) ? body.substr(6) : body, header);
    if (size > bytes.size()) return;
    at += 8 + size + size % 2;
  }
}

struct Box {
  std::string_view kind;
  std::string_view body;
  std::uint64_t next = 0;
};

/// The box at `at`, its body cut to what is there.
std::optional<Box> box_at(std::string_view bytes, std::uint64_t at) {
  if (at + 8 > bytes.size()) return std::nullopt;
  auto size = big(bytes, at, 4);
  std::uint64_t head = 8;
  if (size == 1) {
    size = big(bytes, at + 8, 8);
    head = 16;
  } else if (size == 0) {
    size = bytes.size() - at;
  }
  if (size < head || size > UINT64_MAX - at) return std::nullopt;
  return Box{bytes.substr(at + 4, 4), part(bytes, at + head, size - head), at + size};
}

template <class Take>
void each_box(std::string_view bytes, std::uint64_t from, Take&& take) {
  std::size_t seen = 0;
  for (auto box = box_at(bytes, from); box && seen < kItemsMax; box = box_at(bytes, box->next), ++seen)
    take(*box);
}

/// Of `meta`: which item is EXIF.
std::optional<std::uint64_t> exif_item(std::string_view iinf) {
  const bool is_wide = big(iinf, 0, 1) > 0;
  std::optional<std::uint64_t> found;
  each_box(iinf, is_wide ? 8 : 6, [&found](const Box& box) {
    if (box.kind != "infe") return;
    const auto version = big(box.body, 0, 1);
    if (version < 2) return;
    const std::size_t id_bytes = version == 2 ? 2 : 4;
    if (part(box.body, 4 + id_bytes + 2, 4) == "Exif") found = big(box.body, 4, id_bytes);
  });
  return found;
}

struct Extent {
  std::uint64_t at = 0;
  std::uint64_t bytes = 0;
};

/// Of `iloc`: the first extent of an item, counted from the file's first byte.
std::optional<Extent> extent_of(std::string_view iloc, std::uint64_t item) {
  const auto version = big(iloc, 0, 1);
  const std::size_t offset_bytes = big(iloc, 4, 1) >> 4U;
  const std::size_t length_bytes = big(iloc, 4, 1) & 15U;
  const std::size_t base_bytes = big(iloc, 5, 1) >> 4U;
  const std::size_t index_bytes = version > 0 ? big(iloc, 5, 1) & 15U : 0;
  if (std::max({offset_bytes, length_bytes, base_bytes, index_bytes}) > 8 || version > 2) return std::nullopt;
  const std::size_t id_bytes = version == 2 ? 4 : 2;
  std::size_t at = 6;
  const auto count = std::min<std::uint64_t>(big(iloc, at, id_bytes), kItemsMax);
  at += id_bytes;
  for (std::uint64_t i = 0; i < count && at < iloc.size(); ++i) {
    const auto id = big(iloc, at, id_bytes);
    at += id_bytes;
    const auto construction = version > 0 ? big(iloc, at, 2) & 15U : 0;
    at += version > 0 ? 4 : 2;
    const auto base = big(iloc, at, base_bytes);
    at += base_bytes;
    const auto extents = big(iloc, at, 2);
    at += 2;
    const Extent first{base + big(iloc, at + index_bytes, offset_bytes),
                       big(iloc, at + index_bytes + offset_bytes, length_bytes)};
    if (id == item) return construction == 0 && extents > 0 ? std::optional(first) : std::nullopt;
    at += extents * (index_bytes + offset_bytes + length_bytes);
  }
  return std::nullopt;
}

/// The largest picture that a property tells: tiles are smaller.
void read_sizes(std::string_view iprp, MediaHeader& header) {
  each_box(iprp, 0, [&header](const Box& box) {
    if (box.kind != "ipco") return;
    each_box(box.body, 0, [&header](const Box& inner) {
      if (inner.kind != "ispe") return;
      const auto width = size_of(big(inner.body, 4, 4));
      if (!width || (header.width && *header.width >= *width)) return;
      header.width = width;
      header.height = size_of(big(inner.body, 8, 4));
    });
  });
}

void read_heif(std::string_view bytes, MediaHeader& header) {
  each_box(bytes, 0, [&](const Box& box) {
    if (box.kind != "meta") return;
    std::optional<std::uint64_t> item;
    std::string_view iloc;
    each_box(box.body, 4, [&](const Box& inner) {
      if (inner.kind == "iinf") item = exif_item(inner.body);
      if (inner.kind == "iloc") iloc = inner.body;
      if (inner.kind == "iprp") read_sizes(inner.body, header);
    });
    const auto extent = item ? extent_of(iloc, *item) : std::nullopt;
    if (!extent) return;
    const auto found = part(bytes, extent->at, extent->bytes);
    // Before the TIFF structure stands how many bytes are before it.
    const auto before = big(found, 0, 4);
    read_exif(part(found, 4 + before, found.size()), header);
  });
}

void read_movie(std::string_view moov, MediaHeader& header) {
  each_box(moov, 0, [&header](const Box& box) {
    if (box.kind == "mvhd") {
      const bool is_wide = big(box.body, 0, 1) == 1;
      const auto created = big(box.body, 4, is_wide ? 8 : 4);
      const auto scale = big(box.body, is_wide ? 20 : 12, 4);
      const auto length = big(box.body, is_wide ? 24 : 16, is_wide ? 8 : 4);
      if (created > 0 && created < std::uint64_t{1} << 40U) {
        const auto time = from_epoch(static_cast<std::int64_t>(created) - kMacToUnixSeconds, 1);
        if (time && time->micros >= 0) header.film_us = time->micros;
      }
      if (scale > 0 && length > 0 && length < std::uint64_t{1} << 40U)
        header.duration_ms = static_cast<std::int64_t>(length * 1000 / scale);
    }
    if (box.kind != "trak") return;
    each_box(box.body, 0, [&header](const Box& inner) {
      if (inner.kind != "tkhd" || inner.body.size() < 8) return;
      const auto width = size_of(big(inner.body, inner.body.size() - 8, 2));
      if (!width) return;  // sound
      header.width = width;
      header.height = size_of(big(inner.body, inner.body.size() - 4, 2));
    });
  });
}

/// Appends until `bytes` are there or the content ends.
void read_up_to(Content& content, std::size_t bytes, std::string& into) {
  constexpr std::size_t kFirstBytes = std::size_t{64} << 10U;  // there is no more of many
  while (into.size() < bytes) {
    const auto before = into.size();
    into.resize(std::min(bytes, std::max(kFirstBytes, before * 2)));
    const auto read =
        content.read({reinterpret_cast<std::byte*>(into.data() + before), into.size() - before});
    into.resize(before + (read ? *read : 0));
    if (!read || *read == 0) return;
  }
}

/// Boxes one after the other; only `moov` is kept, its first kMediaHeadBytes.
void read_film(Content& content, MediaHeader& header) {
  std::string window;
  std::string passed(std::size_t{64} << 10U, '\0');
  while (true) {
    read_up_to(content, 16, window);
    const auto box = box_at(window, 0);
    if (!box || window.size() < 16 || box->next < 8) return;
    const bool is_last = big(window, 0, 4) == 0;
    const auto size = is_last ? UINT64_MAX : box->next;
    if (box->kind == "moov") {
      read_up_to(content, std::min<std::uint64_t>(size, kMediaHeadBytes), window);
      if (const auto movie = box_at(window, 0)) read_movie(movie->body, header);
      return;
    }
    if (is_last) return;
    if (size <= window.size()) {
      window.erase(0, size);
      continue;
    }
    auto left = size - window.size();
    window.clear();
    while (left > 0) {
      const auto read = content.read(
          {reinterpret_cast<std::byte*>(passed.data()), std::min<std::uint64_t>(left, passed.size())});
      if (!read || *read == 0) return;
      left -= *read;
    }
  }
}

}  // namespace

std::string_view media_mime(std::string_view head) {
  if (head.starts_with("\xFF\xD8\xFF")) return "image/jpeg";
  if (head.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (head.starts_with("GIF87a") || head.starts_with("GIF89a")) return "image/gif";
  if (head.starts_with("RIFF") && head.size() >= 12 && head.substr(8, 4) == "WEBP") return "image/webp";
  if (head.size() < 12 || head.substr(4, 4) != "ftyp") return {};
  const auto brand = head.substr(8, 4);
  for (const std::string_view each : {"heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1"}) {
    if (brand == each) return "image/heic";
  }
  if (brand == "avif" || brand == "avis") return "image/avif";
  if (brand == "qt  ") return "video/quicktime";
  if (brand.starts_with("M4A")) return {};  // sound
  return "video/mp4";
}

MediaHeader read_media_header(std::string_view mime, Content& content) {
  MediaHeader header;
  header.mime = mime;
  if (mime.starts_with("video/")) {
    read_film(content, header);
    return header;
  }
  std::string bytes;
  read_up_to(content, kMediaHeadBytes, bytes);
  if (mime == "image/jpeg") read_jpeg(bytes, header);
  if (mime == "image/png") read_png(bytes, header);
  if (mime == "image/webp") read_webp(bytes, header);
  if (mime == "image/heic" || mime == "image/avif") read_heif(bytes, header);
  if (mime == "image/gif") {
    header.width = size_of(little(bytes, 6, 2));
    header.height = size_of(little(bytes, 8, 2));
  }
  return header;
}

}  // namespace lake::takeout
