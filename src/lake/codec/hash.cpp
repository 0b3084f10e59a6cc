#include "lake/codec/hash.hpp"

#include <xxhash.h>
// Chooses the widest vectors that the processor has; without it the library uses those that every x86-64 has.
// Where the header is installed, the library has what it declares.
#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h>
#endif

#include "lake/base/assert.hpp"

namespace lake::codec {

std::uint64_t xxh3_64(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

void Xxh3Stream::Free::operator()(XXH3_state_s* state) const { XXH3_freeState(state); }

Xxh3Stream::Xxh3Stream() : state_(XXH3_createState()) {
  LAKE_ASSERT(state_ != nullptr);
  XXH3_64bits_reset(state_.get());
}

void Xxh3Stream::update(std::string_view bytes) {
  XXH3_64bits_update(state_.get(), bytes.data(), bytes.size());
}

std::uint64_t Xxh3Stream::digest() const { return XXH3_64bits_digest(state_.get()); }

}  // namespace lake::codec
