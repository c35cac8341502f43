package e2e

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// board gets an address of the public board.
func (s *server) board(t *testing.T, address string, header ...string) *answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+address, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := plain.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it was read
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return &answer{status: response.StatusCode, protocol: response.Proto, header: response.Header, text: string(text)}
}

// boardPage gets a page that must be there.
func (s *server) boardPage(t *testing.T, address string) *boardPage {
	t.Helper()
	a := s.board(t, address)
	if a.status != http.StatusOK {
		t.Fatalf("%s: status %d\n%s", address, a.status, a.text)
	}
	return &boardPage{a.text}
}

// boardPage is what the board shows.
type boardPage struct{ html string }

// block is a block of the page, with nothing around it.
func (p *boardPage) block(t *testing.T, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(p.html, `<section id="`+name+`"`)
	section, _, ended := strings.Cut(rest, "</section>")
	if !found || !ended {
		t.Fatalf("there is no block %s", name)
	}
	return "<section " + section + "</section>"
}

// links are the addresses on the board that the page leads to.
func (p *boardPage) links() (all []string) {
	for _, link := range regexp.MustCompile(`href="(/ping/board[^"]*)"`).FindAllStringSubmatch(p.html, -1) {
		all = append(all, strings.ReplaceAll(link[1], "&amp;", "&"))
	}
	return all
}

// table is a table of a block: rows by the heads of their columns.
func (p *boardPage) tables(t *testing.T, name string) (rows []map[string]string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(p.block(t, name)))
	decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var heads, cells []string
	var text strings.Builder
	inHead := false
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil {
			t.Fatalf("block %s: %v", name, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch token.Name.Local {
			case "thead":
				inHead, heads = true, nil
			case "tr":
				cells = nil
			case "th", "td":
				text.Reset()
			}
		case xml.CharData:
			text.Write(token)
		case xml.EndElement:
			switch token.Name.Local {
			case "thead":
				inHead = false
			case "th", "td":
				cell := strings.TrimSpace(text.String())
				if inHead {
					heads = append(heads, cell)
				} else {
					cells = append(cells, cell)
				}
			case "tr":
				if !inHead {
					row := map[string]string{}
					for i := range min(len(heads), len(cells)) {
						if row[heads[i]] == "" { // of two columns of one name the first
							row[heads[i]] = cells[i]
						}
					}
					rows = append(rows, row)
				}
			}
		}
	}
}

// boardTable is a downloaded table.
type boardTable struct {
	Title, Region, Period, Days, Entity, Channel, Note string
	Columns                                            []struct{ Key, Title, Formula, Unit string }
	Rows                                               []map[string]any
}

// boardTable downloads a table of a state of the board.
func (s *server) boardTable(t *testing.T, name string, state url.Values) boardTable {
	t.Helper()
	a := s.board(t, "/ping/board/download/"+name+".json?"+state.Encode())
	var table boardTable
	if err := json.Unmarshal([]byte(a.text), &table); a.status != http.StatusOK || err != nil {
		t.Fatalf("%s: %d %v\n%s", name, a.status, err, a.text)
	}
	return table
}
