#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lake/base/result.hpp"
#include "lake/takeout/content.hpp"
#include "lake/takeout/entry_sink.hpp"
#include "lake/takeout/json_head.hpp"
#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

/// So much of an entry is looked at to find out what it is.
inline constexpr std::size_t kHeadBytes = 64U << 10U;

/// What is known of an entry before it is parsed.
struct EntryHead {
  EntryHead(std::string_view entry_name, std::string_view first_bytes, bool whole)
      : name(entry_name), bytes(first_bytes), is_whole(whole), json(first_bytes) {}
  std::string_view name;   // in the archive; a hint only: names follow the account's language
  std::string_view bytes;  // the first kHeadBytes
  bool is_whole;           // that is all there is
  JsonHead json;
};

/// The name below the folder that Google puts around everything: "Takeout/Chrome/History.json" ->
/// "Chrome/History.json". The root is known by name only in the languages seen; without it the name is whole.
std::string_view path_in_export(std::string_view name);
/// The first folder of that: the product as the account's language names it; empty for a bare file.
std::string_view product_folder(std::string_view name);
/// The last component, and that without its extension.
std::string_view file_name(std::string_view name);
std::string_view stem(std::string_view name);
/// Lower-case, without the dot; empty when there is none.
std::string extension(std::string_view name);

/// How sure a parser is that an entry is its own; the surest gets it, of equals the first in products().
enum class Certainty : std::uint8_t {
  kNone,
  kGeneric,  // by the rules for what nobody knows
  kName,     // by its name alone
  kShape,    // by the form of its values
  kContent,  // by names that stand in the content and mean nothing else
};
/// "", "generic", "name", "shape", "content".
std::string_view name_of(Certainty certainty);

/// What the person importing said, and what is known of the account.
struct ParseOptions {
  std::string time_zone;  // IANA name, of times without one; empty = unknown
};

/// How parsing ended. Elements before it are good in any case.
struct ParseEnd {
  bool is_complete = true;
  std::uint64_t offset = 0;  // where it broke
  std::string reason;        // for people, when not complete
};

/// One kind of file of an export, and how it is read. A constant of the program, one .cpp file each; listed
/// in products(). docs/takeout_parsers.md tells how to add one.
struct Product {
  std::string_view name;     // what import_entry calls it (classified_as): "location_records"
  std::string_view product;  // what people call it: "location"
  std::uint32_t version;     // of the parser; a higher one reads known entries again
  /// Every table that parse() writes.
  std::span<const TableSpec* const> tables;
  bool is_generic = false;      // rows without meaning: the entry's state is `generic`
  bool is_from_memory = false;  // nobody saw a real file: the report says so
  /// Must look at nothing but the head. Threads: any.
  Certainty (*recognise)(const EntryHead& head);
  /// Reads all elements of `content`, from its first byte, into `sink`. Errors: those of the sink only;
  /// wrong content is rejected element by element, or ends parsing with a ParseEnd that says where. Memory:
  /// bounded whatever the content. Threads: any, with a sink each.
  Result<ParseEnd> (*parse)(const EntryHead& head, const ParseOptions& options, Content& content,
                            EntrySink& sink);
};

/// All parsers.
std::span<const Product* const> products();
/// The parser for an entry; null when it stays a blob.
const Product* product_for(const EntryHead& head, Certainty& by);
/// Every table that some parser writes, each once.
std::span<const TableSpec* const> all_tables();

}  // namespace lake::takeout
