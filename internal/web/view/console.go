package view

import (
	"embed"
	"fmt"
	"html/template"
	"time"

	"github.com/haochaping/haochaping/internal/beijing"
)

//go:embed templates/console/*.html
var consoleTemplates embed.FS

// NewConsolePages reads the console's templates, which are Chinese alone.
func NewConsolePages() (*Pages, error) {
	set, err := template.New("console").Funcs(functions(Chinese)).Funcs(template.FuncMap{
		"moment": Moment, "day": Day, "starword": starWord, "browser": browser,
	}).ParseFS(consoleTemplates, "templates/console/*.html")
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	return &Pages{languages: [2]*template.Template{Chinese: set, English: set}}, nil
}

// Moment is a time as people write it: 2026年11月24日 14:05; empty for none.
func Moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return beijing.FormatMinute(at)
}

// Day is the day of a time as people write it; empty for none.
func Day(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(beijing.Zone).Format("2006年1月2日")
}

// starWord is the word of 1 to 5 stars.
func starWord(stars int) string {
	if stars < 1 || stars > 5 {
		return ""
	}
	return StarWords(Chinese)[stars-1]
}
