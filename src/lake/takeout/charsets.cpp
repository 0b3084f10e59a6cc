#include "lake/takeout/charsets.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "lake/codec/utf8.hpp"
#include "lake/takeout/json_members.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// What the C library is asked for: only these, so that hostile names reach no rare converter.
constexpr std::pair<std::string_view, const char*> kCharsets[] = {
    {"iso-8859-2", "ISO-8859-2"},
    {"iso-8859-3", "ISO-8859-3"},
    {"iso-8859-4", "ISO-8859-4"},
    {"iso-8859-5", "ISO-8859-5"},
    {"iso-8859-6", "ISO-8859-6"},
    {"iso-8859-7", "ISO-8859-7"},
    {"iso-8859-8", "ISO-8859-8"},
    {"iso-8859-8-i", "ISO-8859-8"},
    {"iso-8859-9", "ISO-8859-9"},
    {"iso-8859-10", "ISO-8859-10"},
    {"iso-8859-13", "ISO-8859-13"},
    {"iso-8859-14", "ISO-8859-14"},
    {"iso-8859-15", "ISO-8859-15"},
    {"iso-8859-16", "ISO-8859-16"},
    {"windows-1250", "CP1250"},
    {"windows-1251", "CP1251"},
    {"windows-1253", "CP1253"},
    {"windows-1254", "CP1254"},
    {"windows-1255", "CP1255"},
    {"windows-1256", "CP1256"},
    {"windows-1257", "CP1257"},
    {"windows-1258", "CP1258"},
    {"windows-874", "CP874"},
    {"tis-620", "TIS-620"},
    {"koi8-r", "KOI8-R"},
    {"koi8-u", "KOI8-U"},
    {"ibm850", "CP850"},
    {"cp850", "CP850"},
    {"cp1251", "CP1251"},
    {"macintosh", "MACINTOSH"},
    {"shift_jis", "CP932"},
    {"shift-jis", "CP932"},
    {"cp932", "CP932"},
    {"windows-31j", "CP932"},
    {"euc-jp", "EUC-JP"},
    {"iso-2022-jp", "ISO-2022-JP-2"},
    {"gb2312", "GB18030"},
    {"gbk", "GB18030"},
    {"gb18030", "GB18030"},
    {"big5", "BIG5-HKSCS"},
    {"euc-kr", "CP949"},
    {"ks_c_5601-1987", "CP949"},
    {"cp949", "CP949"},
    {"iso-2022-kr", "ISO-2022-KR"},
    {"utf-16", "UTF-16"},
    {"utf-16le", "UTF-16LE"},
    {"utf-16be", "UTF-16BE"},
    {"utf-7", "UTF-7"},
};

const char* known_charset(std::string_view name) {
  std::string lower(name.substr(0, 32));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  for (const auto& [text, charset] : kCharsets) {
    if (lower == text) return charset;
  }
  return nullptr;
}

/// Windows-1252 is Latin-1 with these at 128 to 159.
constexpr std::uint16_t kWindows1252[32] = {0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                            0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
                                            0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                            0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178};

std::string of_windows_1252(std::string_view bytes, bool& was_repaired) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 8);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const std::uint32_t point = byte >= 128 && byte < 160 ? kWindows1252[byte - 128] : byte;
    was_repaired |= point == 0xFFFD;
    codec::append_code_point(point, out);
  }
  return out;
}

std::string converted(const char* charset, std::string_view bytes, bool& was_repaired) {
  iconv_t converter = iconv_open("UTF-8", charset);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): how POSIX tells that there is no such charset
  if (converter == reinterpret_cast<iconv_t>(-1)) return of_windows_1252(bytes, was_repaired);
  std::string out;
  std::string in(bytes);
  char* from = in.data();
  std::size_t left = in.size();
  char block[4096];
  while (left > 0) {
    char* to = block;
    std::size_t room = sizeof block;
    const auto done = iconv(converter, &from, &left, &to, &room);
    const int failed = done == static_cast<std::size_t>(-1) ? errno : 0;
    out.append(block, sizeof block - room);
    if (failed == 0) break;
    if (failed == E2BIG && room < sizeof block) continue;
    // A byte that is none of the charset, or a character cut at the end.
    out += kReplacement;
    was_repaired = true;
    if (failed == EINVAL) break;
    ++from;
    --left;
    iconv(converter, nullptr, nullptr, nullptr, nullptr);
  }
  iconv_close(converter);
  return out;
}

}  // namespace

std::string utf8_of(std::string_view bytes, std::string_view charset, bool& was_repaired) {
  const char* known = charset.empty() ? nullptr : known_charset(charset);
  const std::string_view name = known == nullptr ? "" : known;
  // In these ASCII bytes stand for other characters.
  const bool is_coded = name.starts_with("UTF-") || name.starts_with("ISO-2022");
  if (!is_coded && is_utf8(bytes)) return std::string(bytes);
  std::string text;
  if (known != nullptr) {
    text = converted(known, bytes, was_repaired);
  } else if (charset.size() == 5 && (charset[0] == 'U' || charset[0] == 'u') && charset.ends_with("-8")) {
    was_repaired = true;
    return repaired_utf8(bytes);
  } else {
    text = of_windows_1252(bytes, was_repaired);
  }
  if (is_utf8(text)) return text;
  was_repaired = true;  // code points that UTF-8 does not allow
  return repaired_utf8(text);
}

}  // namespace lake::takeout
