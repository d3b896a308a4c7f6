//! Formulas of worked bills: `requests*dur_s*gb-free_gbs`, `ceil(init_ms+duration_ms)`, `min(a,b)`.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Rational;

/// Parentheses and calls inside each other; more is not a formula but an attack.
const DEEPEST: u32 = 64;

/// The value of `formula` over `inputs`, exact. An input is read as a number only where the formula names it.
pub fn evaluate(formula: &str, inputs: &BTreeMap<String, String>) -> Result<Rational, String> {
    let mut parser = Parser { rest: formula.trim_start(), inputs, depth: 0 };
    let value = parser.sum()?;
    match parser.rest.chars().next() {
        None => Ok(value),
        Some(symbol) => Err(format!("`{symbol}` is not expected in `{formula}`")),
    }
}

struct Parser<'a> {
    /// Never begins with a space.
    rest: &'a str,
    inputs: &'a BTreeMap<String, String>,
    depth: u32,
}

const OVERFLOW: &str = "a number has too many digits, or something is divided by zero";

impl<'a> Parser<'a> {
    fn sum(&mut self) -> Result<Rational, String> {
        let mut value = self.product()?;
        loop {
            if self.take("+") {
                value = value.plus(self.product()?).ok_or(OVERFLOW)?;
            } else if self.take("-") {
                value = value.minus(self.product()?).ok_or(OVERFLOW)?;
            } else {
                return Ok(value);
            }
        }
    }

    fn product(&mut self) -> Result<Rational, String> {
        let mut value = self.factor()?;
        loop {
            if self.take("*") {
                value = value.times(self.factor()?).ok_or(OVERFLOW)?;
            } else if self.take("/") {
                value = value.over(self.factor()?).ok_or(OVERFLOW)?;
            } else {
                return Ok(value);
            }
        }
    }

    fn factor(&mut self) -> Result<Rational, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("a formula is nested deeper than {DEEPEST} levels"));
        }
        let value = self.nested()?;
        self.depth -= 1;
        Ok(value)
    }

    fn nested(&mut self) -> Result<Rational, String> {
        if self.take("-") {
            return Rational::ZERO.minus(self.factor()?).ok_or_else(|| OVERFLOW.to_owned());
        }
        if self.take("(") {
            let value = self.sum()?;
            return if self.take(")") { Ok(value) } else { Err("`)` is missing".to_owned()) };
        }
        let word = self.word();
        match word.chars().next() {
            None => Err("a number or a name is missing".to_owned()),
            Some(first) if first.is_ascii_digit() || first == '.' => number(word),
            Some(_) if self.take("(") => self.call(word),
            Some(_) => {
                let value = self.inputs.get(word).ok_or_else(|| format!("`{word}` is not among the inputs"))?;
                number(value)
            }
        }
    }

    fn call(&mut self, function: &str) -> Result<Rational, String> {
        let mut arguments = vec![self.sum()?];
        while self.take(",") {
            arguments.push(self.sum()?);
        }
        if !self.take(")") {
            return Err(format!("`)` is missing after `{function}(`"));
        }
        match (function, arguments.as_slice()) {
            ("ceil", [value]) => value.ceil().ok_or_else(|| OVERFLOW.to_owned()),
            ("min", values) => extreme(values, true),
            ("max", values) => extreme(values, false),
            _ => Err(format!("`{function}` of {} arguments is not known", arguments.len())),
        }
    }

    fn take(&mut self, symbol: &str) -> bool {
        let rest = self.rest.strip_prefix(symbol);
        self.rest = rest.unwrap_or(self.rest).trim_start();
        rest.is_some()
    }

    fn word(&mut self) -> &'a str {
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')));
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest.trim_start();
        word
    }
}

fn extreme(values: &[Rational], least: bool) -> Result<Rational, String> {
    let mut best = values[0];
    for &value in &values[1..] {
        let less = value.less_than(best).ok_or(OVERFLOW)?;
        if less == least {
            best = value;
        }
    }
    Ok(best)
}

fn number(text: &str) -> Result<Rational, String> {
    let decimal = Decimal::from_str_exact(text).map_err(|_| format!("`{text}` is not a number"))?;
    Rational::try_from(decimal).map_err(|()| OVERFLOW.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(formula: &str) -> Result<Rational, String> {
        let inputs = [("requests", "3000000"), ("dur_s", "0.120"), ("arch", "arm")];
        evaluate(formula, &inputs.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    #[track_caller]
    fn check(formula: &str, numerator: i128, denominator: i128) {
        assert_eq!(value(formula), Ok(Rational::new(numerator, denominator).unwrap()), "{formula}");
    }

    #[track_caller]
    fn check_refused(formula: &str, problem: &str) {
        let error = value(formula).expect_err(formula);
        assert!(error.contains(problem), "{error}");
    }

    #[test]
    fn formulas_have_the_usual_precedence() {
        check("1+2*3", 7, 1);
        check("(1+2)*3", 9, 1);
        check("8/2/2", 2, 1);
        check("7-2-1", 4, 1);
        check("-2*3", -6, 1);
        check(" requests * dur_s / 7 ", 360_000, 7);
        check("ceil(12.34/100)*100", 100, 1);
        check("min(max(5-6,0),9)", 0, 1);
        check("min(3,1,2)", 1, 1);
        check("max(3,1,5)", 5, 1);
    }

    #[test]
    fn what_is_not_a_formula_is_refused() {
        check_refused("", "missing");
        check_refused("1+", "missing");
        check_refused("(1", "`)` is missing");
        check_refused("1 2", "`2` is not expected");
        check_refused("memory*2", "`memory` is not among the inputs");
        check_refused("arch*2", "`arm` is not a number");
        check_refused("1/0", "divided by zero");
        check_refused("floor(1)", "`floor` of 1 arguments is not known");
        check_refused("1e5", "`1e5` is not a number");
        check_refused(&"(".repeat(10_000), "nested deeper");
        check_refused(&"-".repeat(10_000), "nested deeper");
        check_refused("99999999999999999999999999*99999999999999999999999999", "too many digits");
    }
}
