package store

import "strings"

// condition is a piece of SQL with a ? for each of its values.
type condition struct {
	text   string
	values []any
}

// conditions are parts of a WHERE with their arguments.
type conditions struct {
	parts     []string
	arguments []any
}

// add takes a condition in; each ? stands for a value.
func (c *conditions) add(condition string, values ...any) {
	for _, value := range values {
		condition = strings.Replace(condition, "?", c.bind(value), 1)
	}
	c.parts = append(c.parts, condition)
}

// when takes a condition in that is wanted.
func (c *conditions) when(wanted bool, condition string, values ...any) {
	if wanted {
		c.add(condition, values...)
	}
}

// bind is the placeholder of one more argument.
func (c *conditions) bind(value any) string {
	c.arguments = append(c.arguments, value)
	return placeholder(len(c.arguments))
}

// bounds are where a person may look, as domains have them.
type bounds struct{ RegionFrom, RegionTo, Department, Hall string }

// within bounds things by their places; prefix is their table's.
func (c *conditions) within(prefix string, b bounds) {
	c.when(b.RegionFrom != "", prefix+"region_code >= ? AND "+prefix+"region_code < ?", b.RegionFrom, b.RegionTo)
	c.when(b.Department != "", prefix+"department_code = ?", b.Department)
	c.when(b.Hall != "", prefix+"hall_code = ?", b.Hall)
}

func (c *conditions) text() string { return strings.Join(c.parts, " AND ") }

// escaped is a text that LIKE takes as it is.
func escaped(text string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(text)
}
