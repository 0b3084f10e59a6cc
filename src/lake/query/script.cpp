#include "lake/query/script.hpp"

#include "lake/engine/duckdb.hpp"
#include "lake/engine/errors.hpp"

namespace lake::query {

Result<std::vector<Session::StatementText>> split_script(const std::string& script) {
  // The tokenizer ends at a NUL byte, and what stands behind it would never be judged.
  if (const auto nul = script.find('\0'); nul != std::string::npos) {
    return Error(ErrorCode::kInvalidArgument, "SQL text cannot hold a NUL byte")
        .at(static_cast<std::int64_t>(nul));
  }
  std::vector<Session::StatementText> statements;
  duckdb::vector<duckdb::SimplifiedToken> tokens;
  LAKE_CHECK_OK(engine::guarded([&] { tokens = duckdb::Parser::Tokenize(script); }));
  std::optional<std::size_t> begin;
  for (const auto& token : tokens) {
    const bool separator = token.type == duckdb::SimplifiedTokenType::SIMPLIFIED_TOKEN_OPERATOR &&
                           token.start < script.size() && script[token.start] == ';';
    if (separator) {
      if (begin) statements.push_back({script.substr(*begin, token.start - *begin), *begin});
      begin.reset();
    } else if (!begin && token.type != duckdb::SimplifiedTokenType::SIMPLIFIED_TOKEN_COMMENT) {
      begin = token.start;
    }
  }
  if (begin) statements.push_back({script.substr(*begin), *begin});
  return statements;
}

}  // namespace lake::query
