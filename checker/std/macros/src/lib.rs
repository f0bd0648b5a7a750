//! The attribute `test` of what stands in std's place: the function is a model that is explored.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// As the compiler's own, but the body is explored as a model. `ignore` is left to the test harness; whether a test should
/// panic is looked at in each execution.
#[proc_macro_attribute]
pub fn test(_: TokenStream, item: TokenStream) -> TokenStream {
    let Some(function) = Function::of(item.clone()) else {
        // What is no function the compiler's own attribute complains about.
        return with(&["#[::std::__selvedge::real_test]"], item);
    };
    let Function { attributes, visibility, name, returns, body, panics } = function;
    let inner = with(&["fn body()"], returns).into_iter().chain([body]).collect::<TokenStream>();
    let call = format!("::std::__selvedge::test(::core::module_path!(), {name:?}, {panics}, body)");
    let inner = inner.into_iter().chain(parsed(&call)).collect();
    let outer = [
        parsed("#[::std::__selvedge::real_test]"),
        attributes,
        visibility,
        parsed(&format!("fn {name}()")),
        TokenTree::Group(Group::new(Delimiter::Brace, inner)).into(),
    ];
    outer.into_iter().collect()
}

/// A function without parameters, taken apart.
struct Function {
    /// But for those that say whether it panics.
    attributes: TokenStream,
    visibility: TokenStream,
    name: String,
    /// The arrow and the type, if it has one.
    returns: TokenStream,
    body: TokenTree,
    /// `None`, or whether and with what words it should panic, as an expression.
    panics: String,
}

impl Function {
    fn of(item: TokenStream) -> Option<Self> {
        let mut tokens: Vec<_> = item.into_iter().collect();
        let body = tokens.pop().filter(|last| is_group(last, Delimiter::Brace))?;
        let keyword = tokens.iter().position(|token| token.to_string() == "fn")?;
        let name = tokens.get(keyword + 1)?.to_string();
        let returns = tokens.get(keyword + 3..)?.iter().cloned().collect();
        let parameters = tokens.get(keyword + 2)?;
        if !is_group(parameters, Delimiter::Parenthesis) || parameters.to_string().len() > 2 {
            return None;
        }
        let mut before = tokens[..keyword].iter().cloned().peekable();
        let (mut attributes, mut panics) = (TokenStream::new(), "::core::option::Option::None".to_owned());
        while before.peek().is_some_and(|token| token.to_string() == "#") {
            let (hash, attribute) = (before.next()?, before.next()?);
            match should_panic(&attribute) {
                Some(words) => panics = words,
                None => attributes.extend([hash, attribute]),
            }
        }
        let visibility: TokenStream = before.collect();
        let is_plain = |text: &str| text.is_empty() || text.starts_with("pub");
        is_plain(&visibility.to_string()).then_some(Function {
            attributes,
            visibility,
            name,
            returns,
            body,
            panics,
        })
    }
}

/// What `should_panic` asks for, as an expression.
fn should_panic(attribute: &TokenTree) -> Option<String> {
    let TokenTree::Group(group) = attribute else { return None };
    let mut tokens = group.stream().into_iter();
    if tokens.next()?.to_string() != "should_panic" {
        return None;
    }
    let rest: Vec<_> = tokens.collect();
    // `= "words"`, or `(expected = "words")`.
    let words = match rest.last() {
        Some(TokenTree::Group(group)) => group.stream().into_iter().nth(2),
        last => last.cloned(),
    };
    let words = words.map_or_else(|| "\"\"".to_owned(), |words| words.to_string());
    Some(format!("::core::option::Option::Some({words})"))
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}

fn parsed(text: &str) -> TokenStream {
    text.parse().expect("these are tokens")
}

fn with(before: &[&str], after: TokenStream) -> TokenStream {
    before.iter().map(|text| parsed(text)).chain([after]).collect()
}
