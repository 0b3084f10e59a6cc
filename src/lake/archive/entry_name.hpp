#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lake::archive {

/// How the text of a name was found.
enum class NameOrigin : std::uint8_t {
  kUtf8,         // declared as UTF-8, or plain ASCII
  kUtf8Guessed,  // not declared, and well-formed UTF-8
  kUnicodePath,  // the Unicode Path extra field (zip, 0x7075), its checksum agreeing
  kCp437,        // not declared and not UTF-8: the code page that the zip format names
  kReplaced,     // declared as UTF-8 and not well-formed: U+FFFD for each wrong byte
};

/// A name as text, never as a place: nothing in the lake opens a path because an archive named it.
struct EntryName {
  std::string text;  // well-formed UTF-8
  NameOrigin origin = NameOrigin::kUtf8;
};

/// Text of stored bytes that say of themselves whether they are UTF-8.
EntryName decode_name(std::string_view stored, bool declared_utf8);
/// Text of bytes in a format without declared encoding other than UTF-8 (tar, folders).
EntryName decode_utf8_name(std::string_view stored);
/// Code page 437 as UTF-8; bytes below 0x80 are ASCII.
std::string decode_cp437(std::string_view stored);
bool is_utf8(std::string_view text);

/// Why a name would be dangerous if somebody used it as a path or showed it as it is.
enum class NameHazard : std::uint8_t {
  kEmpty,
  kNul,             // a NUL byte: ends a C path early
  kControl,         // C0 or C1 control characters: forge lines and terminal commands
  kTextDirection,   // bidirectional overrides: show another name than there is
  kAbsolute,        // begins at a root: /x, \x, C:x, \\server
  kTraversal,       // a component ".."
  kBackslash,       // a separator on Windows, a character elsewhere
  kReservedDevice,  // CON, NUL, COM1, ... also with an extension
  kTrailingDot,     // a component ending in '.' or ' ', which Windows drops
  kColon,           // an alternate data stream or a drive
  kTooLong,         // a component over 255 bytes or a name over 4096
  kNotUtf8,
};

/// Stable lower-case name ("traversal").
std::string_view name_of(NameHazard hazard);
/// One sentence for people.
std::string_view describe(NameHazard hazard);

/// Every reason why `name` is hostile, in the order of NameHazard; empty for a harmless name. A trailing '/'
/// (a directory) and "." components are harmless.
std::vector<NameHazard> hazards_of(std::string_view name);

/// For messages and logs: quoted, controls, wrong bytes and direction marks escaped, cut after 200 bytes.
std::string printable_name(std::string_view name);

}  // namespace lake::archive
