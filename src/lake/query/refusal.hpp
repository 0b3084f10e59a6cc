#pragma once

#include <string_view>

#include "lake/base/result.hpp"

namespace lake::query {

/// How the message of a statement begins that found no place, not even to wait. Its code,
/// kResourceExhausted, is also that of a full disk and of too little memory.
inline constexpr std::string_view kNoPlace = "too many statements are waiting";
inline bool found_no_place(const Error& error) {
  return error.code() == ErrorCode::kResourceExhausted && error.message().starts_with(kNoPlace);
}

}  // namespace lake::query
