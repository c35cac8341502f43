package signature_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// plainly are the comparisons of what sounds secret that may be plain ones, with why.
var plainly = map[string]string{
	// Keyed hashes of tokens, by which a person's own sessions are told apart.
	"identity/staff_login.go: o.Token == p.token": "hashes", "identity/staff_own.go: o.Token != p.token": "hashes", "identity/staff_own.go: session.Token == here": "hashes",
	// The token that a request came with, held against what the same request had before.
	"web/citizen/login_session.go: token != a.token": "one's own",
	// A digest of a list that the person sees himself.
	"web/console/registers_import.go: looked == page.Sign": "no secret",
}

// secretName is what a name sounds like whose value somebody might guess piece by piece; a hash that is looked up by a keyed one of its own
// can't be.
var secretName = regexp.MustCompile(`(?i)(secret|token|signature|password|mac|nonce|otp|sign|csrf)$`)

// constantName is a constant that is called like a secret: what is still to be done at a login, a kind of token of a page.
var constantName = regexp.MustCompile(`Needs(Password|TOTP)$|^html\.\w+Token$`)

// Nothing secret is compared by == or !=, which tell by their time how much was right: signatures, tokens, passwords and codes go through
// crypto/subtle or crypto/hmac. Comparing with nothing, or with a constant, tells nothing.
func TestSecretsAreComparedInConstantTime(t *testing.T) {
	found := map[string]bool{}
	for _, root := range []string{"..", "../../client"} {
		err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.Contains(name, "test/") {
				return err
			}
			files := token.NewFileSet()
			file, err := parser.ParseFile(files, name, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if b, ok := n.(*ast.BinaryExpr); ok && (b.Op == token.EQL || b.Op == token.NEQ) && guessable(b.X, b.Y) {
					found[strings.TrimPrefix(filepath.ToSlash(name), "../")+": "+nameOf(b.X)+" "+b.Op.String()+" "+nameOf(b.Y)] = true
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for comparison := range found {
		if plainly[comparison] == "" {
			t.Errorf("%s is no comparison in constant time", comparison)
		}
	}
	for comparison := range plainly {
		if !found[comparison] {
			t.Errorf("%s is no more", comparison)
		}
	}
	// It would see one.
	broken, err := parser.ParseExpr(`given == app.Secret`)
	if err != nil {
		t.Fatal(err)
	}
	if b := broken.(*ast.BinaryExpr); !guessable(b.X, b.Y) {
		t.Error("a comparison of secrets passes")
	}
}

func guessable(x, y ast.Expr) bool {
	both := []ast.Expr{x, y}
	if slices.ContainsFunc(both, func(e ast.Expr) bool {
		_, literal := e.(*ast.BasicLit)
		return literal || constantName.MatchString(nameOf(e)) || nameOf(e) == "nil" || nameOf(e) == "true" || nameOf(e) == "false"
	}) {
		return false
	}
	return slices.ContainsFunc(both, func(e ast.Expr) bool { return secretName.MatchString(nameOf(e)) })
}

// nameOf is what an expression is called; empty for what has no name.
func nameOf(e ast.Expr) string {
	switch one := e.(type) {
	case *ast.Ident:
		return one.Name
	case *ast.SelectorExpr:
		return nameOf(one.X) + "." + one.Sel.Name
	case *ast.CallExpr:
		return nameOf(one.Fun)
	case *ast.IndexExpr:
		return nameOf(one.X)
	case *ast.StarExpr:
		return nameOf(one.X)
	}
	return ""
}
