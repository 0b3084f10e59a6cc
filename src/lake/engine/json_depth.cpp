#include "lake/engine/json_depth.hpp"

#include <dlfcn.h>

#include <array>
#include <cstdint>
#include <string>

#include "lake/engine/errors.hpp"

// The declarations that the call needs, of yyjson 0.x as the pinned library carries it (its headers are not
// among those of the engine). bound_json_depth() proves on each start that they hold.
namespace duckdb_yyjson {

struct yyjson_read_err;

struct yyjson_alc {
  void* (*malloc)(void* context, std::size_t size);
  void* (*realloc)(void* context, void* place, std::size_t old_size, std::size_t size);
  void (*free)(void* context, void* place);
  void* context;
};

/// All values of a document lie in one array, each container before what it holds.
struct yyjson_val {
  std::uint64_t tag;
  std::uint64_t payload;  // of a container: bytes from it to the value after all it holds
};

struct yyjson_doc {
  yyjson_val* root;
  yyjson_alc allocator;
  std::size_t bytes_read;
  std::size_t values_read;
  char* strings;
};

__attribute__((visibility("default"))) yyjson_doc* yyjson_read_opts(char* text, std::size_t size,
                                                                    std::uint32_t flags,
                                                                    const yyjson_alc* allocator,
                                                                    yyjson_read_err* error);

}  // namespace duckdb_yyjson

namespace lake::engine {
namespace {

using ReadJson = decltype(&duckdb_yyjson::yyjson_read_opts);

constexpr const char* kReadName =
    "_ZN13duckdb_yyjson16yyjson_read_optsEPcmjPKNS_10yyjson_alcEPNS_15yyjson_read_errE";

/// The library's function; null when it has none.
ReadJson library_read() {
  static const auto found = reinterpret_cast<ReadJson>(::dlsym(RTLD_NEXT, kReadName));
  return found;
}

bool is_container(const duckdb_yyjson::yyjson_val& value) {
  constexpr std::uint64_t kContainerBits = 6;  // 6 is an array, 7 an object
  return (value.tag & kContainerBits) == kContainerBits;
}

/// One pass over the values, for documents that have enough of them to be too deep.
bool is_too_deep(const duckdb_yyjson::yyjson_doc& document) {
  if (document.values_read <= kJsonDepthMax) return false;
  std::array<const duckdb_yyjson::yyjson_val*, kJsonDepthMax> ends{};  // of the containers around a value
  std::size_t depth = 0;
  const duckdb_yyjson::yyjson_val* const end = document.root + document.values_read;
  for (const auto* value = document.root; value < end; ++value) {
    if (!is_container(*value)) continue;
    while (depth > 0 && ends[depth - 1] <= value) --depth;
    if (depth == kJsonDepthMax) return true;
    ends[depth++] = value + value->payload / sizeof(duckdb_yyjson::yyjson_val);
  }
  return false;
}

void release(duckdb_yyjson::yyjson_doc& document) {
  const duckdb_yyjson::yyjson_alc allocator = document.allocator;
  if (document.strings != nullptr) allocator.free(allocator.context, document.strings);
  allocator.free(allocator.context, &document);
}

/// Whether a document of so many levels is taken for too deep.
bool is_refused(std::size_t depth) {
  std::string text = std::string(depth, '[') + std::string(depth, ']');
  duckdb_yyjson::yyjson_doc* const document = library_read()(text.data(), text.size(), 0, nullptr, nullptr);
  if (document == nullptr) return false;
  const bool refused = is_too_deep(*document);
  release(*document);
  return refused;
}

}  // namespace

Status bound_json_depth() {
  const auto fail = [](const char* why) { return Error(ErrorCode::kInternal, why); };
  if (library_read() == nullptr) return fail("this build of the engine reads JSON by another function");
  // What the library's own calls are bound to.
  if (::dlsym(RTLD_DEFAULT, kReadName) != reinterpret_cast<void*>(&duckdb_yyjson::yyjson_read_opts))
    return fail("this program is linked so that the engine reads JSON without a bound of its depth");
  if (is_refused(kJsonDepthMax) || !is_refused(kJsonDepthMax + 1))
    return fail("the engine's JSON documents are laid out in another way than its headers said");
  return ok();
}

}  // namespace lake::engine

duckdb_yyjson::yyjson_doc* duckdb_yyjson::yyjson_read_opts(char* text, std::size_t size, std::uint32_t flags,
                                                           const yyjson_alc* allocator,
                                                           yyjson_read_err* error) {
  const auto read = lake::engine::library_read();
  if (read == nullptr) lake::engine::throw_as_duckdb(lake::engine::bound_json_depth().error());
  yyjson_doc* const document = read(text, size, flags, allocator, error);
  if (document == nullptr || !lake::engine::is_too_deep(*document)) return document;
  lake::engine::release(*document);
  lake::engine::throw_as_duckdb(
      lake::Error(lake::ErrorCode::kInvalidArgument,
                  "a JSON value has more than " + std::to_string(lake::engine::kJsonDepthMax) +
                      " levels of arrays and objects inside each other; keep it as text (VARCHAR)"));
}
