#pragma once

namespace duckdb {
class DatabaseInstance;
}

namespace lake::engine {

/// Holds VARIANT values to kJsonDepthMax levels (json_depth.hpp) where they are made of others: the casts of
/// lists, structs, maps, unions and arrays with VARIANT parts. What is made of JSON is held to it there, what
/// is made of anything else is as deep as its type. A deeper value is kInvalidArgument. Called once for each
/// instance. Throws engine exceptions.
void bound_variant_depth(duckdb::DatabaseInstance& database);

}  // namespace lake::engine
