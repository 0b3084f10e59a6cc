#include "lake/tables/view_readers.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "duckdb/parser/expression/subquery_expression.hpp"
#include "duckdb/parser/parsed_expression_iterator.hpp"
#include "duckdb/parser/query_node/recursive_cte_node.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/parser/query_node/set_operation_node.hpp"
#include "duckdb/parser/statement/select_statement.hpp"
#include "duckdb/parser/tableref/basetableref.hpp"
#include "duckdb/parser/tableref/expressionlistref.hpp"
#include "duckdb/parser/tableref/joinref.hpp"
#include "duckdb/parser/tableref/pivotref.hpp"
#include "duckdb/parser/tableref/showref.hpp"
#include "duckdb/parser/tableref/subqueryref.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/definition_overlay.hpp"

namespace lake::tables {
namespace {

using catalog::lower_ascii;
using duckdb::ParsedExpression;
using duckdb::QueryNode;
using duckdb::TableRef;
using Key = catalog::Snapshot::Key;

constexpr const char* kLake = "lake";

/// A name as a query gives it, in lower case.
struct Reference {
  std::string database;
  std::string schema;
  std::string name;
};

/// Collects the tables that a query names, names of its own WITH left out.
class References {
 public:
  explicit References(QueryNode& query) { visit(query); }
  [[nodiscard]] const std::vector<Reference>& found() const { return found_; }

 private:
  void visit(QueryNode& node) {
    const std::size_t outside = own_names_.size();
    for (auto& [name, with] : node.cte_map.map) {
      visit(*with->query->node);  // sees the names before its own; a recursive one adds that itself
      own_names_.push_back(lower_ascii(name));
    }
    switch (node.type) {
      case duckdb::QueryNodeType::SELECT_NODE:
        visit_select(node.Cast<duckdb::SelectNode>());
        break;
      case duckdb::QueryNodeType::SET_OPERATION_NODE:
        for (auto& child : node.Cast<duckdb::SetOperationNode>().children) visit(*child);
        break;
      case duckdb::QueryNodeType::RECURSIVE_CTE_NODE: {
        auto& recursive = node.Cast<duckdb::RecursiveCTENode>();
        own_names_.push_back(lower_ascii(recursive.ctename));
        visit(*recursive.left);
        visit(*recursive.right);
        break;
      }
      default:
        break;
    }
    duckdb::ParsedExpressionIterator::EnumerateQueryNodeModifiers(
        node, [this](duckdb::unique_ptr<ParsedExpression>& child) { visit(child); });
    own_names_.resize(outside);
  }

  void visit_select(duckdb::SelectNode& select) {
    for (auto& expression : select.select_list) visit(expression);
    for (auto& expression : select.groups.group_expressions) visit(expression);
    visit(select.where_clause);
    visit(select.having);
    visit(select.qualify);
    visit(select.from_table);
  }

  void visit(duckdb::unique_ptr<ParsedExpression>& expression) {
    if (!expression) return;
    if (expression->GetExpressionClass() == duckdb::ExpressionClass::SUBQUERY)
      visit(*expression->Cast<duckdb::SubqueryExpression>().subquery->node);
    duckdb::ParsedExpressionIterator::EnumerateChildren(
        *expression, [this](duckdb::unique_ptr<ParsedExpression>& child) { visit(child); });
  }

  void visit(duckdb::unique_ptr<TableRef>& table) {
    if (!table) return;
    switch (table->type) {
      case duckdb::TableReferenceType::BASE_TABLE: {
        const auto& base = table->Cast<duckdb::BaseTableRef>();
        if (!base.at_clause) add(base.catalog_name, base.schema_name, base.table_name);
        break;
      }
      case duckdb::TableReferenceType::SUBQUERY:
        visit(*table->Cast<duckdb::SubqueryRef>().subquery->node);
        break;
      case duckdb::TableReferenceType::JOIN: {
        auto& join = table->Cast<duckdb::JoinRef>();
        visit(join.left);
        visit(join.right);
        visit(join.condition);
        break;
      }
      case duckdb::TableReferenceType::TABLE_FUNCTION:
        visit(table->Cast<duckdb::TableFunctionRef>().function);
        break;
      case duckdb::TableReferenceType::EXPRESSION_LIST:
        for (auto& row : table->Cast<duckdb::ExpressionListRef>().values) {
          for (auto& expression : row) visit(expression);
        }
        break;
      case duckdb::TableReferenceType::PIVOT:
        visit_pivot(table->Cast<duckdb::PivotRef>());
        break;
      case duckdb::TableReferenceType::SHOW_REF: {
        auto& show = table->Cast<duckdb::ShowRef>();
        if (show.query) visit(*show.query);
        if (!show.table_name.empty()) add(show.catalog_name, show.schema_name, show.table_name);
        break;
      }
      default:
        break;
    }
  }

  void visit_pivot(duckdb::PivotRef& pivot) {
    visit(pivot.source);
    for (auto& aggregate : pivot.aggregates) visit(aggregate);
    for (auto& column : pivot.pivots) {
      for (auto& expression : column.pivot_expressions) visit(expression);
      if (column.subquery) visit(*column.subquery);
    }
  }

  void add(const std::string& database, const std::string& schema, const std::string& name) {
    Reference reference{lower_ascii(database), lower_ascii(schema), lower_ascii(name)};
    const bool is_alone = reference.database.empty() && reference.schema.empty();
    if (is_alone && std::find(own_names_.begin(), own_names_.end(), reference.name) != own_names_.end())
      return;
    found_.push_back(std::move(reference));
  }

  std::vector<Reference> found_;
  std::vector<std::string> own_names_;  // of WITH, those of the innermost query last
};

bool is_there(const catalog::Snapshot& snapshot, const Key& key) {
  return snapshot.table_names->contains(key) || snapshot.views->contains(key);
}

/// What a reference in a view of the schema `home` means.
Key meaning_of(const catalog::Snapshot& snapshot, const Reference& reference, const std::string& home) {
  if (!reference.database.empty() && reference.database != kLake) return {};
  const bool is_database = reference.schema == kLake && !snapshot.schemas->contains(kLake);
  if (!reference.schema.empty() && !is_database) return {reference.schema, reference.name};
  const Key own{home, reference.name};
  return !is_database && is_there(snapshot, own) ? own : Key{DEFAULT_SCHEMA, reference.name};
}

bool mentions(const std::string& sql, const std::string& lower_name) {
  const std::string text = lower_ascii(sql);
  if (text.find(lower_name) != std::string::npos) return true;
  const std::string quoted = duckdb::StringUtil::Replace(lower_name, "\"", "\"\"");
  return quoted != lower_name && text.find(quoted) != std::string::npos;
}

/// What a view reads.
std::set<Key> read_by(const catalog::Snapshot& snapshot, const catalog::Object& view) {
  std::set<Key> keys;
  // A text that cannot be read shows wherever the view is used; it is no reason to keep a table.
  ignore(engine::guarded([&] {
           duckdb::Parser parser;
           parser.ParseQuery(view.sql);
           auto& info = *parser.statements.at(0)->Cast<duckdb::CreateStatement>().info;
           const References references(*info.Cast<duckdb::CreateViewInfo>().query->node);
           const std::string home = lower_ascii(view.schema_name);
           for (const Reference& reference : references.found())
             keys.insert(meaning_of(snapshot, reference, home));
         }),
         "it reads nothing then");
  return keys;
}

Key key_of(const catalog::Object& view) { return {lower_ascii(view.schema_name), lower_ascii(view.name)}; }

/// The changes that drop all views that read one of `next`, and those that read these, but for the schema
/// `leaving`.
std::vector<catalog::Definition> drops_of_all_readers(const catalog::Snapshot& snapshot,
                                                      std::vector<Key> next, const std::string& leaving) {
  std::map<Key, std::vector<catalog::ObjectPtr>> readers;
  for (const auto& [own, view] : *snapshot.views) {
    for (const Key& key : read_by(snapshot, *view)) readers[key].push_back(view);
  }
  std::vector<catalog::Definition> drops;
  std::set<Key> met(next.begin(), next.end());
  while (!next.empty()) {
    const Key key = next.back();
    next.pop_back();
    for (const auto& view : readers[key]) {
      const Key reader = key_of(*view);
      if (!met.insert(reader).second) continue;
      next.push_back(reader);
      if (leaving.empty() || reader.first != leaving)
        drops.emplace_back(catalog::DropObject{view->kind, view->schema_name, view->name});
    }
  }
  return drops;
}

}  // namespace

std::vector<catalog::ObjectPtr> views_reading(const catalog::Snapshot& snapshot, const std::string& schema,
                                              const std::string& name) {
  const Key key{lower_ascii(schema), lower_ascii(name)};
  std::vector<catalog::ObjectPtr> readers;
  for (const auto& [own, view] : *snapshot.views) {
    if (own != key && mentions(view->sql, key.second) && read_by(snapshot, *view).contains(key))
      readers.push_back(view);
  }
  return readers;
}

std::vector<catalog::Definition> drops_of_readers(const catalog::Snapshot& snapshot, const char* kind,
                                                  const std::string& schema, const std::string& name,
                                                  bool cascade) {
  const auto readers = views_reading(snapshot, schema, name);
  if (readers.empty()) return {};
  if (!cascade) {
    engine::throw_as_duckdb(
        Error(ErrorCode::kInvalidArgument, "the " + std::string(kind) + " " + schema + "." + name +
                                               " is used by the view " + readers[0]->schema_name + "." +
                                               readers[0]->name +
                                               "; drop that first, or use CASCADE, which drops it too"));
  }
  return drops_of_all_readers(snapshot, {{lower_ascii(schema), lower_ascii(name)}}, {});
}

std::vector<catalog::Definition> drops_of_outer_readers(const catalog::Snapshot& snapshot,
                                                        const std::string& schema) {
  const std::string home = lower_ascii(schema);
  std::vector<Key> inside;
  for (const auto& [key, id] : *snapshot.table_names) {
    if (key.first == home) inside.push_back(key);
  }
  for (const auto& [key, view] : *snapshot.views) {
    if (key.first == home) inside.push_back(key);
  }
  return inside.empty() ? std::vector<catalog::Definition>()
                        : drops_of_all_readers(snapshot, std::move(inside), home);
}

}  // namespace lake::tables
