#pragma once

namespace duckdb {
class DatabaseInstance;
}

namespace lake::engine {

/// Lets the casts of VARCHAR and ENUM to ENUM say which value is none of the type's, and which there are (at
/// most ten are named); the engine says only that it could not convert it to a number's type. Casts give what
/// they gave. Called once for each instance. Throws engine exceptions.
void name_enum_values(duckdb::DatabaseInstance& database);

}  // namespace lake::engine
